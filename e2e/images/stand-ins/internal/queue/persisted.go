// The queue of queue.type: persisted. Write returns after fsync; what was written is read again until it is acknowledged.
package queue

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Limits bound a persisted queue. Zero means none.
type Limits struct {
	MaxBytes  int64
	MaxEvents int64
	PageSize  int64
}

type span struct{ first, end, bytes int64 }

type persisted struct {
	mu       sync.Mutex
	changed  *signal
	folder   string
	limits   Limits
	segments []*segment
	// next is the number of the next record to be read, at offset in segments[at].
	next, offset int64
	at           int
	acked        int64
	unacked      int64
	done         map[int64]span
	closed       bool
}

// OpenPersisted opens or makes the queue in a folder.
func OpenPersisted(folder string, limits Limits) (Queue, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("queue: cannot make %s: %w", folder, err)
	}
	p := &persisted{changed: newSignal(), folder: folder, limits: limits, done: map[int64]span{}}
	if err := p.openSegments(); err != nil {
		return nil, err
	}
	if err := p.openCheckpoint(); err != nil {
		return nil, err
	}
	if err := p.seek(); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *persisted) openSegments() error {
	names, err := filepath.Glob(filepath.Join(p.folder, "segment.*"))
	if err != nil {
		return err
	}
	sort.Strings(names)
	for i, name := range names {
		base, err := strconv.ParseInt(strings.TrimPrefix(filepath.Ext(name), "."), 10, 64)
		if err != nil {
			return fmt.Errorf("queue: %s is no segment of a queue", name)
		}
		opened, err := openSegment(name, base, i == len(names)-1)
		if err != nil {
			return err
		}
		if i > 0 && p.segments[i-1].end() != base {
			return fmt.Errorf("queue: records %d to %d are missing before %s", p.segments[i-1].end(), base, name)
		}
		p.segments = append(p.segments, opened)
	}
	if len(p.segments) == 0 {
		return p.roll()
	}
	return nil
}

func (p *persisted) roll() error {
	base := int64(0)
	if len(p.segments) > 0 {
		base = p.segments[len(p.segments)-1].end()
	}
	created, err := createSegment(p.folder, base)
	if err != nil {
		return err
	}
	p.segments = append(p.segments, created)
	return nil
}

// seek places the reader at the first record that is not acknowledged and counts the bytes after it.
func (p *persisted) seek() error {
	p.next = p.segments[0].base
	for p.next < p.acked {
		size := p.segments[p.at].size
		if p.segments[p.at].end() <= p.acked && p.at < len(p.segments)-1 {
			p.next = p.segments[p.at].end()
			p.at++
			continue
		}
		if p.offset >= size {
			break
		}
		_, after, err := p.segments[p.at].readAt(p.offset)
		if err != nil {
			return err
		}
		p.offset = after
		p.next++
	}
	p.unacked = -p.offset
	for _, remaining := range p.segments[p.at:] {
		p.unacked += remaining.size
	}
	return p.dropDone()
}

func (p *persisted) last() *segment { return p.segments[len(p.segments)-1] }

func (p *persisted) Write(ctx context.Context, payloads [][]byte) error {
	if len(payloads) == 0 {
		return nil
	}
	size := encodedSize(payloads)
	err := await(ctx, p.changed, func() (bool, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.closed {
			return false, ErrClosed
		}
		if p.full(size, int64(len(payloads))) {
			return false, nil
		}
		return true, p.write(payloads, size)
	})
	if err == nil {
		p.changed.broadcast()
	}
	return err
}

// full lets one write into an empty queue whatever its size, else it could never be taken.
func (p *persisted) full(size, events int64) bool {
	waiting := p.last().end() - p.acked
	if waiting == 0 {
		return false
	}
	return (p.limits.MaxBytes > 0 && p.unacked+size > p.limits.MaxBytes) ||
		(p.limits.MaxEvents > 0 && waiting+events > p.limits.MaxEvents)
}

func (p *persisted) write(payloads [][]byte, size int64) error {
	if p.limits.PageSize > 0 && p.last().size > 0 && p.last().size+size > p.limits.PageSize {
		if err := p.roll(); err != nil {
			return err
		}
	}
	if err := p.last().append(payloads); err != nil {
		return err
	}
	p.unacked += size
	return nil
}

func (p *persisted) Read(ctx context.Context, most int, linger time.Duration) (*Batch, error) {
	for {
		finished := false
		err := await(ctx, p.changed, func() (bool, error) {
			p.mu.Lock()
			defer p.mu.Unlock()
			unread := p.last().end() - p.next
			finished = p.closed && unread == 0
			return finished || unread > 0, nil
		})
		if err != nil || finished {
			return nil, nil
		}
		lingerFor(ctx, p.changed, linger, func() bool {
			p.mu.Lock()
			defer p.mu.Unlock()
			return p.closed || p.last().end()-p.next >= int64(most)
		})
		batch, err := p.take(most)
		if batch != nil || err != nil {
			return batch, err
		}
	}
}

func (p *persisted) take(most int) (*Batch, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	batch := &Batch{}
	taken := span{first: p.next, end: p.next}
	for len(batch.Payloads) < most && p.next < p.last().end() {
		if p.next >= p.segments[p.at].end() {
			p.at++
			p.offset = 0
			continue
		}
		payload, after, err := p.segments[p.at].readAt(p.offset)
		if err != nil {
			return nil, err
		}
		batch.Payloads = append(batch.Payloads, payload)
		taken.bytes += after - p.offset
		p.offset = after
		p.next++
	}
	if len(batch.Payloads) == 0 {
		return nil, nil
	}
	taken.end = p.next
	batch.ack = func() error { return p.acknowledge(taken) }
	return batch, nil
}

// acknowledge moves the acknowledged position over every batch that is done without a gap.
func (p *persisted) acknowledge(done span) error {
	defer p.changed.broadcast()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done[done.first] = done
	for {
		following, ok := p.done[p.acked]
		if !ok {
			break
		}
		delete(p.done, p.acked)
		p.acked = following.end
		p.unacked -= following.bytes
	}
	if err := p.saveCheckpoint(false); err != nil {
		return err
	}
	return p.dropDone()
}

// dropDone removes segments of which all is acknowledged, but never the one that is written to.
func (p *persisted) dropDone() error {
	for len(p.segments) > 1 && p.segments[0].end() <= p.acked && p.at > 0 {
		if err := p.segments[0].remove(); err != nil {
			return fmt.Errorf("queue: cannot remove %s: %w", p.segments[0].path, err)
		}
		p.segments = p.segments[1:]
		p.at--
	}
	return nil
}

func (p *persisted) CloseForWriting() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.changed.broadcast()
}

func (p *persisted) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Stats{Type: "persisted", Events: p.last().end() - p.acked, Bytes: p.unacked, MaxBytes: p.limits.MaxBytes, Unread: p.last().end() - p.next}
}

func (p *persisted) Close() error {
	p.CloseForWriting()
	p.mu.Lock()
	defer p.mu.Unlock()
	err := p.saveCheckpoint(true)
	for _, open := range p.segments {
		err = errors.Join(err, open.file.Close())
	}
	return err
}
