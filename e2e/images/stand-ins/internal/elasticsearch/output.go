// The output at work: what is retried, dropped or sent to the dead letter queue ("Retry policy").
package elasticsearch

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"loggingstack.dev/stand-ins/internal/event"
	"loggingstack.dev/stand-ins/internal/logging"
	"loggingstack.dev/stand-ins/internal/plugins"
)

// ErrAborted says that a shutdown came while Elasticsearch could not be reached; the batch stays in the queue.
var ErrAborted = errors.New("the batch is given back to the queue because of a shutdown")

// DeadLetterWriter keeps events that Elasticsearch will never take.
type DeadLetterWriter interface {
	Write(e *event.Event, plugin, reason string) error
}

// Counts are the output's own figures.
type Counts struct {
	In, Out, Successes, Retryable, NonRetryable, DeadLetters, BulkSuccesses, BulkErrors, BulkFailures atomic.Int64
}

// Output is one checked elasticsearch output.
type Output struct {
	config        *plugins.Config
	context       Context
	log           *logging.Logger
	hosts         []*url.URL
	authorization string
	dataStream    bool
	index         string
	streamType    string
	dataset       string
	namespace     string
	statuses      map[int]bool
	retryFirst    time.Duration
	retryMost     time.Duration
	pool          *pool
	counts        Counts
	connected     atomic.Bool
}

// Ends say when a batch may be given back to the queue.
type Ends struct {
	// Any: whatever it waits for.
	Any context.Context
	// Unreachable: only while Elasticsearch cannot be reached or refuses whole requests. Documents that it refuses one by one
	// are sent again.
	Unreachable context.Context
}

const connectionPoll = 200 * time.Millisecond

// ID is the plugin's id.
func (o *Output) ID() string { return o.config.ID }

// Name is the plugin's name.
func (o *Output) Name() string { return "elasticsearch" }

// Counts gives the figures so far.
func (o *Output) Counts() *Counts { return &o.counts }

// Start begins to look for live hosts.
func (o *Output) Start() {
	shown := []string{}
	for _, host := range o.hosts {
		shown = append(shown, host.Redacted())
	}
	o.log.Info("New Elasticsearch output", logging.Fields{"hosts": shown, "data_stream": o.dataStream, "index": o.index})
	o.pool.start()
}

// Close ends connections.
func (o *Output) Close() { o.pool.close() }

// Receive sends events until each is created, dropped or a dead letter. It gives up with ErrAborted as ends allow.
func (o *Output) Receive(ends Ends, events []*event.Event) error {
	o.counts.In.Add(int64(len(events)))
	pending := []action{}
	for _, e := range events {
		made, err := o.actionOf(e)
		if err != nil {
			o.counts.NonRetryable.Add(1)
			o.deadLetter(e, err.Error())
			continue
		}
		pending = append(pending, made)
	}
	if !o.awaitConnection(ends) {
		return ErrAborted
	}
	wait := o.retryFirst
	for len(pending) > 0 {
		results, err := o.bulkUntilAnswered(ends, pending)
		if err != nil {
			return err
		}
		pending = o.sortOut(pending, results)
		if len(pending) == 0 {
			break
		}
		o.log.Info("Retrying individual bulk actions that failed or were rejected by the previous bulk request", logging.Fields{"count": len(pending)})
		if !sleep(ends.Any, wait) {
			return ErrAborted
		}
		wait = min(2*wait, o.retryMost)
	}
	o.counts.Out.Add(int64(len(events)))
	return nil
}

// awaitConnection holds the first batch until Elasticsearch has answered once.
func (o *Output) awaitConnection(ends Ends) bool {
	for !o.connected.Load() {
		if o.pool.anyAlive() {
			o.connected.Store(true)
			break
		}
		if !sleep(ends.Any, connectionPoll) || ends.Unreachable.Err() != nil {
			return false
		}
	}
	return true
}

// bulkUntilAnswered repeats a request that got no answer, or one that is not 200, without end.
func (o *Output) bulkUntilAnswered(ends Ends, pending []action) ([]itemResult, error) {
	wait := o.retryFirst
	for {
		results, err := o.bulk(context.Background(), pending)
		if err == nil {
			return results, nil
		}
		o.counts.BulkFailures.Add(1)
		o.report(err, wait)
		if !sleep(ends.Any, wait) || ends.Unreachable.Err() != nil && givesUp(err) {
			return nil, ErrAborted
		}
		wait = min(2*wait, o.retryMost)
	}
}

// givesUp: a request whose connection breaks is sent once more; with no live host left, or when Elasticsearch refuses the
// request, a pipeline that ends gives its batch back.
func givesUp(err error) bool {
	var refused *badResponse
	return errors.As(err, &refused) || errors.Is(err, errNoLiveHost)
}

func (o *Output) report(err error, wait time.Duration) {
	var refused *badResponse
	var lost *unreachable
	switch {
	case errors.As(err, &refused):
		fields := logging.Fields{"code": refused.status, "body": shorten(refused.body)}
		if refused.status == 429 {
			o.log.Debug("Encountered a retryable error (will retry with exponential backoff)", fields)
			return
		}
		o.log.Error("Encountered a retryable error (will retry with exponential backoff)", fields)
	case errors.As(err, &lost):
		o.log.Error("Attempted to send a bulk request but Elasticsearch appears to be unreachable or down", logging.Fields{"message": err.Error(), "will_retry_in_seconds": wait.Seconds()})
	case errors.Is(err, errNoLiveHost):
		o.log.Error("Attempted to send a bulk request but there are no living connections in the pool (perhaps Elasticsearch is unreachable or down?)", logging.Fields{"message": err.Error(), "will_retry_in_seconds": wait.Seconds()})
	default:
		o.log.Error("An unknown error occurred sending a bulk request to Elasticsearch (will retry indefinitely)", logging.Fields{"message": err.Error()})
	}
}

// sortOut gives the actions that are to be sent again.
func (o *Output) sortOut(sent []action, results []itemResult) []action {
	again := []action{}
	failed := false
	for i, result := range results {
		kind := result.errorType()
		switch {
		case result.Status == 200 || result.Status == 201:
			o.counts.Successes.Add(1)
			continue
		case result.Status == 409 || o.drops(kind):
			o.counts.NonRetryable.Add(1)
			o.log.Warn("Failed action", logging.Fields{"status": result.Status, "index": sent[i].metadata["_index"], "response": shorten(string(result.Error))})
		case o.statuses[result.Status]:
			o.counts.DeadLetters.Add(1)
			o.deadLetter(sent[i].event, fmt.Sprintf("Could not index event to Elasticsearch. status: %d, action: %s %v, response: %s", result.Status, sent[i].verb, sent[i].metadata, shorten(string(result.Error))))
		default:
			o.counts.Retryable.Add(1)
			o.log.Info("Retrying failed action", logging.Fields{"status": result.Status, "index": sent[i].metadata["_index"], "error": shorten(string(result.Error))})
			again = append(again, sent[i])
		}
		failed = true
	}
	if failed {
		o.counts.BulkErrors.Add(1)
	} else {
		o.counts.BulkSuccesses.Add(1)
	}
	return again
}

func (o *Output) drops(kind string) bool {
	for _, name := range o.config.Texts("drop_error_types") {
		if name == kind && kind != "" {
			return true
		}
	}
	return false
}

func (o *Output) deadLetter(e *event.Event, reason string) {
	if o.context.DeadLetters == nil {
		o.log.Warn(reason, nil)
		return
	}
	if err := o.context.DeadLetters.Write(e, o.config.ID, reason); err != nil {
		o.log.Error("An event could not be written to the dead letter queue and is lost", logging.Fields{"exception": err.Error()})
	}
}

// sleep waits; it says no when ctx ended first.
func sleep(ctx context.Context, span time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(span):
		return true
	}
}
