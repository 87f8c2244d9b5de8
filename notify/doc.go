// Package notify tells receivers outside what has happened. It has one outbox, in PostgreSQL, and one port for channels;
// a channel (webhook, later Slack, Telegram and e-mail) is a package below.
//
// Terms. A message is one text for one destination of a channel. Its key says what it tells; a destination hears of a key
// once, however often it is enqueued. A worker delivers messages; every replica of the platform runs one. A lease is the
// right to deliver a message, for a while.
//
//	            Enqueue
//	               │
//	               ▼   2xx
//	redeliver ► pending ───► delivered
//	   ▲         │   ▲
//	   │  failed │   │ backoff, or the receiver's Retry-After
//	   │         ├───┘
//	   │         ▼ last try, or nothing more to try
//	   └─────── dead
//
// Guarantees. A message is delivered at least once: a worker that dies between the sending and the note of it leaves a
// lease that runs out, and the message is sent again under the same id. Messages of one destination may overtake each
// other. A receiver that fails gets one message at a time, one that works gets PerDestination; so a dead receiver holds one
// of the worker's deliveries, and the others go on. A message that has ended is deleted after Keep.
//
// What it trusts: the payload holds no secret of the organization, and Deliver returns before the lease ends.
package notify
