// Package queue holds events between inputs and workers: in memory, or on disk so that they survive a killed process.
package queue

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrClosed says that the queue takes no more events.
var ErrClosed = errors.New("the queue is closed")

// Stats are the figures that the API shows. Bytes and events count what no worker has acknowledged yet.
type Stats struct {
	Type     string
	Events   int64
	Bytes    int64
	MaxBytes int64
	Unread   int64
}

// Batch is what a worker takes at once. Ack says that all of it is done.
type Batch struct {
	Payloads [][]byte
	ack      func() error
}

// Ack marks the batch as done.
func (b *Batch) Ack() error { return b.ack() }

// Queue is what inputs write to and workers read from.
type Queue interface {
	// Write returns when all payloads are in the queue (on disk, for the persisted one); it waits while the queue is full.
	Write(ctx context.Context, payloads [][]byte) error
	// Read waits for the first event, then up to linger for more. It gives nil when ctx ends, or when the queue is closed for
	// writing and empty.
	Read(ctx context.Context, most int, linger time.Duration) (*Batch, error)
	// CloseForWriting lets readers finish.
	CloseForWriting()
	Stats() Stats
	Close() error
}

// signal wakes all waiters when something has changed.
type signal struct {
	mu sync.Mutex
	ch chan struct{}
}

func newSignal() *signal { return &signal{ch: make(chan struct{})} }

func (s *signal) wait() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ch
}

func (s *signal) broadcast() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.ch)
	s.ch = make(chan struct{})
}

// await calls try until it says done; in between it sleeps until the signal or the end of ctx.
func await(ctx context.Context, changed *signal, try func() (bool, error)) error {
	for {
		wake := changed.wait()
		done, err := try()
		if done || err != nil {
			return err
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// linger waits until enough events are unread, or the time is over.
func lingerFor(ctx context.Context, changed *signal, span time.Duration, enough func() bool) {
	timed, cancel := context.WithTimeout(ctx, span)
	defer cancel()
	// Only the time or the events end this wait; neither is an error.
	_ = await(timed, changed, func() (bool, error) { return enough(), nil })
}
