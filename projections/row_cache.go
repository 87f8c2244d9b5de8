package projections

// rowCache holds rows as the transaction sees them, and notes of rows that do not exist. A rebuild, which is alone on its
// tables, carries it from batch to batch, so that most rows are written and never read.
type rowCache struct {
	// recent are the rows touched since the last aging, older those touched since the one before.
	recent, older map[rowKey]*row
	// complete is true while the cache has held every row of the tables: what is not here does not exist.
	complete bool
	// limit is how many rows may be recent before the older ones are forgotten.
	limit int
}

func newRowCache() *rowCache { return &rowCache{recent: map[rowKey]*row{}} }

// get returns a row; known is false where the database has to be asked.
func (c *rowCache) get(key rowKey) (r *row, known bool) {
	if r, known = c.recent[key]; known {
		return r, true
	}
	if r, known = c.older[key]; known {
		c.recent[key] = r
		return r, true
	}
	return &row{}, c.complete
}

func (c *rowCache) put(key rowKey, r *row) { c.recent[key] = r }

// age forgets what was not touched for long. The caller has written all changes.
func (c *rowCache) age() {
	if len(c.recent) < c.limit {
		return
	}
	c.complete = c.complete && len(c.older) == 0
	c.recent, c.older = map[rowKey]*row{}, c.recent
}
