package route

import "math/rand/v2"

// draw chooses releases at random, in proportion to their weights. A sequence of turns would not do: a page that asks
// for itself and then for its data would give one release all the pages and the other all the data.
type draw struct {
	releases []*Release
	// upTo are the weights, cumulated: a number below upTo[i] and not below upTo[i-1] is the draw of releases[i].
	upTo []int
}

// add takes a release with a weight above 0 into the draw.
func (d *draw) add(r *Release, weight int) {
	total := weight
	if n := len(d.upTo); n > 0 {
		total += d.upTo[n-1]
	}
	d.releases, d.upTo = append(d.releases, r), append(d.upTo, total)
}

// next returns a release; nil where there is none to choose from.
func (d *draw) next() *Release {
	switch len(d.releases) {
	case 0:
		return nil
	case 1:
		return d.releases[0]
	}
	n := rand.IntN(d.upTo[len(d.upTo)-1])
	for i, upTo := range d.upTo {
		if n < upTo {
			return d.releases[i]
		}
	}
	return nil // not reached: n is below the last
}
