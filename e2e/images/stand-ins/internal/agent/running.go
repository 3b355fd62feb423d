// A running pipeline: inputs write to the queue, workers read batches, filter them and hand them to the outputs.
package agent

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"loggingstack.dev/stand-ins/internal/elasticsearch"
	"loggingstack.dev/stand-ins/internal/event"
	"loggingstack.dev/stand-ins/internal/logging"
	"loggingstack.dev/stand-ins/internal/pipeline"
	"loggingstack.dev/stand-ins/internal/queue"
)

// State of a pipeline as the health report names it.
type State string

// The states.
const (
	Loading    State = "LOADING"
	Running    State = "RUNNING"
	Finished   State = "FINISHED"
	Terminated State = "TERMINATED"
)

type running struct {
	*prepared
	log     *logging.Logger
	queue   queue.Queue
	workers sync.WaitGroup
	// reading ends when no further batch may be taken; abortable ends when retries may be given up. draining ends when the
	// queue is to be emptied before the end: then only an Elasticsearch that cannot be reached may be given up.
	reading, abortable, draining      context.Context
	stopReading, abortRetrying, drain context.CancelFunc
	in, filtered, out                 atomic.Int64
	busy, pushing                     atomic.Int64
	crashed                           atomic.Bool
	ended                             atomic.Bool
	started                           time.Time
}

func start(made *prepared, log *logging.Logger) (*running, error) {
	r := &running{prepared: made, log: log, started: time.Now()}
	var err error
	if r.queue, err = r.openQueue(); err != nil {
		return nil, err
	}
	r.reading, r.stopReading = context.WithCancel(context.Background())
	r.abortable, r.abortRetrying = context.WithCancel(context.Background())
	r.draining, r.drain = context.WithCancel(context.Background())
	for _, made := range r.order {
		made.Start()
	}
	of := r.tree.Source.Settings
	for range of.Int("pipeline.workers") {
		r.workers.Add(1)
		go r.work(of.Int("pipeline.batch.size"), time.Duration(of.Int("pipeline.batch.delay"))*time.Millisecond)
	}
	for _, input := range r.inputs {
		if err := input.Start(r.take); err != nil {
			r.stop(true)
			return nil, err
		}
	}
	if len(r.inputs) == 0 {
		// Without inputs there is nothing to wait for.
		r.queue.CloseForWriting()
	}
	log.Info("Pipeline started", logging.Fields{"pipeline.id": r.tree.Source.ID})
	return r, nil
}

func (r *running) openQueue() (queue.Queue, error) {
	of := r.tree.Source.Settings
	if of.Text("queue.type") == "memory" {
		return queue.NewMemory(of.Int("pipeline.batch.size") * of.Int("pipeline.workers")), nil
	}
	return queue.OpenPersisted(filepath.Join(of.QueuePath(), r.tree.Source.ID), queue.Limits{
		MaxBytes: of.Bytes("queue.max_bytes"), MaxEvents: int64(of.Int("queue.max_events")), PageSize: of.Bytes("queue.page_capacity")})
}

// take puts a batch of an input into the queue; the input acknowledges when it returns.
func (r *running) take(ctx context.Context, events []*event.Event) error {
	payloads := make([][]byte, 0, len(events))
	for _, e := range events {
		encoded, err := e.Encode()
		if err != nil {
			return err
		}
		payloads = append(payloads, encoded)
	}
	from := time.Now()
	defer func() { r.pushing.Add(time.Since(from).Milliseconds()) }()
	if err := r.queue.Write(ctx, payloads); err != nil {
		return err
	}
	r.in.Add(int64(len(events)))
	return nil
}

func (r *running) work(size int, delay time.Duration) {
	defer r.workers.Done()
	for {
		batch, err := r.queue.Read(r.reading, size, delay)
		if err == nil && batch == nil {
			return
		}
		if err == nil {
			err = r.process(batch)
		}
		if errors.Is(err, elasticsearch.ErrAborted) {
			r.log.Info("Aborting the batch due to shutdown request; it stays in the queue", logging.Fields{"pipeline.id": r.tree.Source.ID})
			return
		}
		if err != nil {
			r.crash(err)
			return
		}
	}
}

// crash ends the pipeline as an exception in the real one does; with automatic reload the agent makes it anew.
func (r *running) crash(err error) {
	r.log.Error("Pipeline worker error, the pipeline will be stopped", logging.Fields{"pipeline.id": r.tree.Source.ID, "error": err.Error()})
	r.crashed.Store(true)
	r.stopReading()
	r.abortRetrying()
}

func (r *running) process(batch *queue.Batch) error {
	from := time.Now()
	defer func() { r.busy.Add(time.Since(from).Milliseconds()) }()
	events := []*event.Event{}
	for _, payload := range batch.Payloads {
		e, err := event.Decode(payload)
		if err != nil {
			return err
		}
		r.filter(r.tree.Filters, e)
		if !e.Cancelled {
			events = append(events, e)
		}
	}
	r.filtered.Add(int64(len(batch.Payloads)))
	if err := r.deliver(events); err != nil {
		return err
	}
	if err := batch.Ack(); err != nil {
		return err
	}
	r.out.Add(int64(len(events)))
	return nil
}

func (r *running) filter(nodes []pipeline.Node, e *event.Event) {
	for _, node := range nodes {
		if e.Cancelled {
			return
		}
		if node.Plugin != nil {
			r.filters[node.Plugin](e)
			continue
		}
		r.filter(chosen(node, e), e)
	}
}

// chosen gives the nodes of the first branch that the event takes.
func chosen(node pipeline.Node, e *event.Event) []pipeline.Node {
	for _, branch := range node.Branches {
		if branch.Condition == nil || branch.Condition(e) {
			return branch.Nodes
		}
	}
	return nil
}

// deliver gives every output, one after the other, the events that come to it.
func (r *running) deliver(events []*event.Event) error {
	parts := map[output][]*event.Event{}
	for _, e := range events {
		r.route(r.tree.Outputs, e, parts)
	}
	for _, made := range r.order {
		if len(parts[made]) == 0 {
			continue
		}
		if err := made.Receive(elasticsearch.Ends{Any: r.abortable, Unreachable: r.draining}, parts[made]); err != nil {
			return err
		}
	}
	return nil
}

func (r *running) route(nodes []pipeline.Node, e *event.Event, parts map[output][]*event.Event) {
	for _, node := range nodes {
		if node.Plugin != nil {
			made := r.outputs[node.Plugin]
			parts[made] = append(parts[made], e)
			continue
		}
		r.route(chosen(node, e), e, parts)
	}
}

// stop closes the inputs and lets the workers end: a persisted queue keeps what it has unless queue.drain is set; then it is
// emptied first, but for batches that meet an Elasticsearch which cannot be reached or refuses requests: their workers end,
// and the exit code is 0 all the same. A memory queue is always emptied first, however long Elasticsearch takes.
func (r *running) stop(immediately bool) {
	for _, input := range r.inputs {
		input.Stop()
	}
	of := r.tree.Source.Settings
	isPersisted := of.Text("queue.type") == "persisted"
	switch {
	case immediately || isPersisted && !of.Bool("queue.drain"):
		r.stopReading()
		r.abortRetrying()
	case isPersisted:
		r.drain()
	}
	r.queue.CloseForWriting()
	r.workers.Wait()
	r.stopReading()
	r.abortRetrying()
	r.drain()
	for _, made := range r.order {
		made.Close()
	}
	if err := r.queue.Close(); err != nil {
		r.log.Error("The queue could not be closed", logging.Fields{"pipeline.id": r.tree.Source.ID, "exception": err.Error()})
	}
	r.ended.Store(true)
	r.log.Info("Pipeline terminated", logging.Fields{"pipeline.id": r.tree.Source.ID})
}

func (r *running) state() State {
	switch {
	case r.crashed.Load():
		return Terminated
	case len(r.inputs) == 0:
		return Finished
	default:
		return Running
	}
}
