// What a pipeline needs of an output, and the outputs stdout and null.
package agent

import (
	"encoding/json"
	"fmt"
	"os"
	"sync/atomic"

	"loggingstack.dev/stand-ins/internal/elasticsearch"
	"loggingstack.dev/stand-ins/internal/event"
	"loggingstack.dev/stand-ins/internal/plugins"
)

type output interface {
	Start()
	Receive(ends elasticsearch.Ends, events []*event.Event) error
	Close()
	stats() map[string]any
}

type elasticsearchOutput struct{ *elasticsearch.Output }

func (o elasticsearchOutput) stats() map[string]any {
	counts := o.Counts()
	return map[string]any{"id": o.ID(), "name": o.Name(),
		"events": map[string]any{"in": counts.In.Load(), "out": counts.Out.Load()},
		"documents": map[string]any{"successes": counts.Successes.Load(), "retryable_failures": counts.Retryable.Load(),
			"non_retryable_failures": counts.NonRetryable.Load(), "dlq_routed": counts.DeadLetters.Load()},
		"bulk_requests": map[string]any{"successes": counts.BulkSuccesses.Load(), "with_errors": counts.BulkErrors.Load(), "failures": counts.BulkFailures.Load()}}
}

// console is the output stdout; without a stream it is null.
type console struct {
	config *plugins.Config
	out    *os.File
	events atomic.Int64
}

func newConsole(config *plugins.Config) (output, error) {
	made := &console{config: config}
	if config.Spec.Name == "stdout" {
		made.out = os.Stdout
	}
	if name, isText := config.Values["codec"].(string); isText && !plugins.CodecKnown(name) {
		return nil, &plugins.Failure{Message: fmt.Sprintf("Couldn't find any codec plugin named '%s'. Are you sure this is correct?", name)}
	}
	return made, nil
}

func (c *console) Start() {}
func (c *console) Close() {}

func (c *console) Receive(_ elasticsearch.Ends, events []*event.Event) error {
	c.events.Add(int64(len(events)))
	if c.out == nil {
		return nil
	}
	for _, e := range events {
		line, err := json.Marshal(e.Data)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(c.out, "%s\n", line); err != nil {
			return fmt.Errorf("stdout: %w", err)
		}
	}
	return nil
}

func (c *console) stats() map[string]any {
	count := c.events.Load()
	return map[string]any{"id": c.config.ID, "name": c.config.Spec.Name, "events": map[string]any{"in": count, "out": count}}
}
