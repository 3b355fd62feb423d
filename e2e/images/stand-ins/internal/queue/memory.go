// The queue of queue.type: memory. It holds one batch per worker, so that inputs wait when the outputs do.
package queue

import (
	"context"
	"sync"
	"time"
)

type memory struct {
	mu       sync.Mutex
	changed  *signal
	unread   [][]byte
	inFlight int64
	bytes    int64
	capacity int
	closed   bool
}

// NewMemory makes a queue of so many events.
func NewMemory(capacity int) Queue { return &memory{changed: newSignal(), capacity: capacity} }

func (m *memory) Write(ctx context.Context, payloads [][]byte) error {
	for _, payload := range payloads {
		err := await(ctx, m.changed, func() (bool, error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			if m.closed {
				return false, ErrClosed
			}
			if len(m.unread) >= m.capacity {
				return false, nil
			}
			m.unread = append(m.unread, payload)
			m.bytes += int64(len(payload))
			return true, nil
		})
		if err != nil {
			return err
		}
		m.changed.broadcast()
	}
	return nil
}

func (m *memory) Read(ctx context.Context, most int, span time.Duration) (*Batch, error) {
	finished := false
	err := await(ctx, m.changed, func() (bool, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		finished = m.closed && len(m.unread) == 0
		return finished || len(m.unread) > 0, nil
	})
	if err != nil || finished {
		return nil, nil
	}
	lingerFor(ctx, m.changed, span, func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.closed || len(m.unread) >= most
	})
	m.mu.Lock()
	taken := m.unread[:min(most, len(m.unread))]
	m.unread = m.unread[len(taken):]
	m.inFlight += int64(len(taken))
	m.mu.Unlock()
	m.changed.broadcast()
	if len(taken) == 0 {
		// Another worker was faster.
		return m.Read(ctx, most, span)
	}
	return &Batch{Payloads: taken, ack: func() error { m.acknowledge(taken); return nil }}, nil
}

func (m *memory) acknowledge(taken [][]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inFlight -= int64(len(taken))
	for _, payload := range taken {
		m.bytes -= int64(len(payload))
	}
}

func (m *memory) CloseForWriting() {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.changed.broadcast()
}

func (m *memory) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	// The real one shows no figures for its memory queue either.
	return Stats{Type: "memory", Unread: int64(len(m.unread))}
}

func (m *memory) Close() error { m.CloseForWriting(); return nil }
