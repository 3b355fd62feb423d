// The running input: listener, TLS handshakes, batches and their acknowledgement.
package beats

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/elastic/go-lumber/lj"
	lumberlog "github.com/elastic/go-lumber/log"
	lumber "github.com/elastic/go-lumber/server/v2"

	"loggingstack.dev/stand-ins/internal/event"
	"loggingstack.dev/stand-ins/internal/logging"
)

// Sink takes the events of one batch; it returns when they are safe.
type Sink func(ctx context.Context, events []*event.Event) error

type running struct {
	server   *lumber.Server
	listener net.Listener
	batches  chan *lj.Batch
	stop     context.CancelFunc
	done     sync.WaitGroup
	taken    atomic.Int64
}

// silence keeps go-lumber's own log lines, which are not in our format, off the stream.
type silence struct{}

func (silence) Printf(string, ...any) {}
func (silence) Println(...any)        {}
func (silence) Print(...any)          {}

var silenceOnce sync.Once

// Start binds the port and hands every batch to sink. It acknowledges a batch only when sink has taken all of it.
func (i *Input) Start(sink Sink) error {
	silenceOnce.Do(func() { lumberlog.Logger = silence{} })
	listener, err := net.Listen("tcp", i.address)
	if err != nil {
		return fmt.Errorf("beats input %s cannot listen on %s: %w", i.ID(), i.address, err)
	}
	// No buffer: a Beat that sends faster than the queue takes must wait.
	batches := make(chan *lj.Batch)
	guarded := &guardedListener{Listener: listener, input: i}
	server, err := lumber.NewWithListener(guarded, lumber.Channel(batches), lumber.JSONDecoder(keepRaw), lumber.Timeout(30*time.Second))
	if err != nil {
		return errors.Join(fmt.Errorf("beats input %s: %w", i.ID(), err), listener.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	i.running = &running{server: server, listener: listener, batches: batches, stop: stop}
	i.running.done.Add(1)
	go i.consume(ctx, sink)
	i.log.Info("Starting input listener", logging.Fields{"address": i.address})
	return nil
}

// Address is where the running input listens.
func (i *Input) Address() net.Addr { return i.running.listener.Addr() }

// Taken counts the events that are acknowledged.
func (i *Input) Taken() int64 {
	if i.running == nil {
		return 0
	}
	return i.running.taken.Load()
}

// Stop closes port and connections. What is not acknowledged the Beats will send again.
func (i *Input) Stop() {
	if i.running == nil {
		return
	}
	i.running.stop()
	// Closing twice, or after the peer did, is no fault.
	_ = i.running.server.Close()
	i.running.done.Wait()
}

// keepRaw hands the bytes of an event on, so that they are decoded once and numbers keep their digits.
func keepRaw(encoded []byte, into any) error {
	target, ok := into.(*any)
	if !ok {
		return fmt.Errorf("unexpected target %T", into)
	}
	*target = append([]byte(nil), encoded...)
	return nil
}

func (i *Input) consume(ctx context.Context, sink Sink) {
	defer i.running.done.Done()
	for {
		select {
		case <-ctx.Done():
			return
		case batch := <-i.running.batches:
			if i.take(ctx, batch, sink) {
				batch.ACK()
				i.running.taken.Add(int64(len(batch.Events)))
			}
		}
	}
}

// take tries until the sink has the batch or the input stops. Meanwhile go-lumber tells the Beat that we are alive.
func (i *Input) take(ctx context.Context, batch *lj.Batch, sink Sink) bool {
	events := i.events(batch)
	for {
		err := sink(ctx, events)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		i.log.Error("Events cannot be put into the queue, will retry", logging.Fields{"exception": err.Error(), "count": len(events)})
		select {
		case <-ctx.Done():
			return false
		case <-time.After(time.Second):
		}
	}
}

func (i *Input) events(batch *lj.Batch) []*event.Event {
	events := make([]*event.Event, 0, len(batch.Events))
	for _, item := range batch.Events {
		data := map[string]any{}
		encoded, _ := item.([]byte)
		if err := event.DecodeJSON(encoded, &data); err != nil || data == nil {
			i.log.Error("An event is no JSON object and is dropped", logging.Fields{"bytes": len(encoded)})
			continue
		}
		events = append(events, i.transform.event(data, time.Now()))
	}
	return events
}

type guardedListener struct {
	net.Listener
	input *Input
}

func (g *guardedListener) Accept() (net.Conn, error) {
	connection, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	guarded := &guardedConn{Conn: connection, input: g.input}
	if g.input.tls != nil {
		guarded.secure = tls.Server(connection, g.input.tls)
		guarded.Conn = guarded.secure
	}
	return guarded, nil
}

// guardedConn shakes hands at the first read, says in the log when that fails, and ends connections that are idle too long.
type guardedConn struct {
	net.Conn
	secure    *tls.Conn
	input     *Input
	handshake sync.Once
	failure   error
}

func (g *guardedConn) Read(into []byte) (int, error) {
	g.handshake.Do(func() {
		if g.secure == nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), g.input.handshakeTimeout)
		defer cancel()
		if g.failure = g.secure.HandshakeContext(ctx); g.failure != nil {
			g.input.log.Error("TLS handshake failed", logging.Fields{"remote": g.RemoteAddr().String(), "exception": g.failure.Error()})
		}
	})
	if g.failure != nil {
		return 0, g.failure
	}
	return g.Conn.Read(into)
}

// SetReadDeadline: go-lumber waits without limit between batches; the real input ends idle connections.
func (g *guardedConn) SetReadDeadline(at time.Time) error {
	if at.IsZero() && g.input.idleTimeout > 0 {
		at = time.Now().Add(g.input.idleTimeout)
	}
	return g.Conn.SetReadDeadline(at)
}
