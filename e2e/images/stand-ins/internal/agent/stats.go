// The figures of the pipelines, in the shape of the node stats API.
package agent

import (
	"time"

	"loggingstack.dev/stand-ins/internal/event"
)

// States gives the state of every pipeline.
func (a *Agent) States() map[string]State {
	a.mu.Lock()
	defer a.mu.Unlock()
	states := map[string]State{}
	for id, each := range a.pipelines {
		switch {
		case each.running != nil:
			states[id] = each.running.state()
		case each.failures > 0:
			states[id] = Terminated
		default:
			states[id] = Loading
		}
	}
	return states
}

// Stats gives the figures of every pipeline, by id.
func (a *Agent) Stats() map[string]any {
	a.mu.Lock()
	defer a.mu.Unlock()
	pipelines := map[string]any{}
	for id, each := range a.pipelines {
		pipelines[id] = each.stats()
	}
	return pipelines
}

// Reloads sums up the reloads of all pipelines.
func (a *Agent) Reloads() map[string]any {
	a.mu.Lock()
	defer a.mu.Unlock()
	successes, failures := 0, 0
	for _, each := range a.pipelines {
		successes += each.successes
		failures += each.failures
	}
	return map[string]any{"successes": successes, "failures": failures}
}

func stamp(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return event.FormatTime(at.Truncate(time.Millisecond))
}

func (e *entry) stats() map[string]any {
	reloads := map[string]any{"successes": e.successes, "failures": e.failures, "last_error": nil,
		"last_success_timestamp": nil, "last_failure_timestamp": stamp(e.failedAt)}
	if e.successes > 0 {
		reloads["last_success_timestamp"] = stamp(e.loadedAt)
	}
	if e.lastError != "" {
		reloads["last_error"] = map[string]any{"message": e.lastError}
	}
	if e.running == nil {
		return map[string]any{"reloads": reloads, "events": map[string]any{"in": 0, "filtered": 0, "out": 0}}
	}
	stats := e.running.stats()
	stats["reloads"] = reloads
	stats["hash"] = e.source.Hash
	return stats
}

func (r *running) stats() map[string]any {
	of := r.tree.Source.Settings
	inputs := []any{}
	for _, input := range r.inputs {
		inputs = append(inputs, map[string]any{"id": input.ID(), "name": "beats", "events": map[string]any{"out": input.Taken()}})
	}
	outputs := []any{}
	for _, made := range r.order {
		outputs = append(outputs, made.stats())
	}
	held := r.queue.Stats()
	stats := map[string]any{
		"events": map[string]any{"in": r.in.Load(), "filtered": r.filtered.Load(), "out": r.out.Load(),
			"duration_in_millis": r.busy.Load(), "queue_push_duration_in_millis": r.pushing.Load()},
		"plugins": map[string]any{"inputs": inputs, "codecs": []any{}, "filters": []any{}, "outputs": outputs},
		// As the real one's: events that a worker has read are in neither figure until they are back in the queue.
		"queue": map[string]any{"type": held.Type, "events": held.Unread, "events_count": held.Unread, "queue_size_in_bytes": held.Bytes, "max_queue_size_in_bytes": held.MaxBytes},
		"pipeline": map[string]any{"workers": of.Int("pipeline.workers"), "batch_size": of.Int("pipeline.batch.size"),
			"batch_delay": of.Int("pipeline.batch.delay")},
	}
	if held.Type == "persisted" {
		stats["queue"].(map[string]any)["capacity"] = map[string]any{"queue_size_in_bytes": held.Bytes, "max_queue_size_in_bytes": held.MaxBytes,
			"page_capacity_in_bytes": of.Bytes("queue.page_capacity"), "max_unread_events": of.Int("queue.max_events")}
	}
	if r.deadLetters != nil {
		stats["dead_letter_queue"] = r.deadLetters.stats()
	}
	return stats
}
