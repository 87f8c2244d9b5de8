// Package projections folds the log into read models: one file per model with its rows, its handlers and its queries.
// Read models own nothing: each can be dropped and rebuilt from the log while the system runs.
//
// # Generations
//
// Terms. A model is a set of tables and the handlers that fill them. Its version is a number in the program that grows
// with every change of what they would write. A generation is one filling of a model's tables, in a schema of its own
// (rm_<model>_<generation>); a row of table projection tells its version and its checkpoint: the position and the id of
// the last event that its tables hold. The live generation is the one that the views in schema rm show. A batch is a run
// of events that is applied in one transaction.
//
// States of a generation:
//
//	 rebuild begins             the log's end is reached            a later one goes live
//	----------------> building ------------------------> live ---------------------------> dropped
//	                     |                               | ^
//	                     | the rebuild was killed;       | | a batch: rows, changes and
//	                     | the next one removes it       +-+ checkpoint in one transaction
//	                     v
//	                  dropped
//
// States of a model in one replica, and what Health tells of it:
//
//	             the live version is older
//	    +------+ -------------------------> +------------+
//	--> | well |                            | rebuilding | reads show the old generation
//	    +------+ <------------------------- +------------+
//	     |    ^      the new one is live
//	     |    |
//	     |    | a rebuild, or another replica got past the event
//	     |    +--------------------------- +----------+
//	     | an event cannot be applied      | poisoned | stands at the event; other models go on
//	     +-------------------------------> +----------+
//	     | the live version is newer       +-----------+
//	     +-------------------------------> | outgrown  | a newer replica writes the model, this one reads it
//	                                       +-----------+
//
// A rebuild reads only the events that concern its model (Model.filter), one page ahead of what it writes, and keeps rows
// in memory from batch to batch (rowCache), since nobody else writes them. At the end it locks the live checkpoint, which
// stops the live generation, applies what has come meanwhile and moves the views, all in one transaction. It never goes
// live behind what readers of the generation before have seen.
//
// What the package guarantees:
//   - The live tables hold each event up to the checkpoint exactly once, however many replicas run: for each batch one of
//     them locks the checkpoint and finds it where it was.
//   - A change is told to the feed after its row can be read, once, in the order of the log.
//   - An event that a newer program wrote is never passed over: the model stops at it, in a rebuild too.
//   - An older program never rebuilds what a newer one has filled.
//   - A checkpoint whose event the log does not hold (a failover lost commits) leads to a rebuild.
//
// What it trusts: that handlers have no effect but on their batch, that a model's version is raised when they change, and
// that the log is in commit order without gaps. Its commits do not wait for the disk: rows and checkpoint are lost
// together, and come again from the log.
package projections
