// Tests of both queues: order, back-pressure, acknowledgement, restart, torn ends.
package queue

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func payloads(from, to int) [][]byte {
	list := [][]byte{}
	for i := from; i < to; i++ {
		list = append(list, []byte(fmt.Sprintf("event-%06d", i)))
	}
	return list
}

func open(t *testing.T, folder string, limits Limits) Queue {
	t.Helper()
	opened, err := OpenPersisted(folder, limits)
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func read(t *testing.T, from Queue, most int) *Batch {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	batch, err := from.Read(ctx, most, 0)
	if err != nil || batch == nil {
		t.Fatalf("batch %v, error %v", batch, err)
	}
	return batch
}

func mustAck(t *testing.T, batch *Batch) {
	t.Helper()
	if err := batch.Ack(); err != nil {
		t.Fatal(err)
	}
}

func TestUnacknowledgedEventsComeAgainAfterARestart(t *testing.T) {
	folder := t.TempDir()
	first := open(t, folder, Limits{PageSize: 200})
	if err := first.Write(context.Background(), payloads(0, 5)); err != nil {
		t.Fatal(err)
	}
	for i := 5; i < 50; i++ {
		if err := first.Write(context.Background(), payloads(i, i+1)); err != nil {
			t.Fatal(err)
		}
	}
	mustAck(t, read(t, first, 20))
	read(t, first, 10)
	// No Close: the process is thought to have died.
	second := open(t, folder, Limits{PageSize: 200})
	if stats := second.Stats(); stats.Events != 30 || stats.Unread != 30 {
		t.Fatalf("after the restart: %+v", stats)
	}
	batch := read(t, second, 100)
	if len(batch.Payloads) != 30 || string(batch.Payloads[0]) != "event-000020" {
		t.Fatalf("%d events, first %s", len(batch.Payloads), batch.Payloads[0])
	}
	mustAck(t, batch)
	if stats := second.Stats(); stats.Events != 0 || stats.Bytes != 0 {
		t.Fatalf("after all: %+v", stats)
	}
	left, err := filepath.Glob(filepath.Join(folder, "segment.*"))
	if err != nil || len(left) > 2 {
		t.Fatalf("segments that are done stay: %v %v", left, err)
	}
}

func TestBatchesDoneOutOfOrderDoNotSkipOthers(t *testing.T) {
	folder := t.TempDir()
	first := open(t, folder, Limits{})
	if err := first.Write(context.Background(), payloads(0, 30)); err != nil {
		t.Fatal(err)
	}
	early, late := read(t, first, 10), read(t, first, 10)
	mustAck(t, late)
	if stats := first.Stats(); stats.Events != 30 {
		t.Fatalf("a later batch must not acknowledge an earlier one: %+v", stats)
	}
	if again := open(t, folder, Limits{}); again.Stats().Events != 30 {
		t.Fatalf("after a restart: %+v", again.Stats())
	}
	mustAck(t, early)
	if stats := first.Stats(); stats.Events != 10 {
		t.Fatalf("%+v", stats)
	}
}

func TestTornEndIsCutOff(t *testing.T) {
	for cut := int64(1); cut < 20; cut += 3 {
		folder := t.TempDir()
		first := open(t, folder, Limits{})
		if err := first.Write(context.Background(), payloads(0, 3)); err != nil {
			t.Fatal(err)
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		path := segmentPath(folder, 0)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, info.Size()-cut); err != nil {
			t.Fatal(err)
		}
		second := open(t, folder, Limits{})
		if err := second.Write(context.Background(), payloads(9, 10)); err != nil {
			t.Fatal(err)
		}
		batch := read(t, second, 10)
		if len(batch.Payloads) != 3 || string(batch.Payloads[2]) != "event-000009" {
			t.Fatalf("cut of %d: %q", cut, batch.Payloads)
		}
	}
}

func TestDamageInTheMiddleIsAnError(t *testing.T) {
	folder := t.TempDir()
	first := open(t, folder, Limits{PageSize: 10})
	for i := range 3 {
		if err := first.Write(context.Background(), payloads(i, i+1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(segmentPath(folder, 0), []byte("nonsense that is no record"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenPersisted(folder, Limits{}); err == nil {
		t.Fatal("a damaged segment was taken")
	}
}

func TestFullQueueHoldsTheWriterUntilEventsAreDone(t *testing.T) {
	for name, limits := range map[string]Limits{"bytes": {MaxBytes: 100}, "events": {MaxEvents: 5}} {
		t.Run(name, func(t *testing.T) {
			full := open(t, t.TempDir(), limits)
			if err := full.Write(context.Background(), payloads(0, 5)); err != nil {
				t.Fatal(err)
			}
			ended, cancel := context.WithCancel(context.Background())
			cancel()
			if err := full.Write(ended, payloads(5, 6)); err == nil {
				t.Fatal("a full queue took more")
			}
			written := make(chan error, 1)
			go func() { written <- full.Write(context.Background(), payloads(5, 6)) }()
			mustAck(t, read(t, full, 5))
			if err := <-written; err != nil {
				t.Fatal(err)
			}
			if stats := full.Stats(); stats.Events != 1 {
				t.Fatalf("%+v", stats)
			}
		})
	}
}

func TestClosedQueueLetsReadersFinish(t *testing.T) {
	for name, queue := range map[string]Queue{"memory": NewMemory(10), "persisted": open(t, t.TempDir(), Limits{})} {
		t.Run(name, func(t *testing.T) {
			if err := queue.Write(context.Background(), payloads(0, 3)); err != nil {
				t.Fatal(err)
			}
			queue.CloseForWriting()
			if err := queue.Write(context.Background(), payloads(3, 4)); err == nil {
				t.Fatal("a closed queue took an event")
			}
			if batch := read(t, queue, 10); len(batch.Payloads) != 3 {
				t.Fatalf("%d events", len(batch.Payloads))
			}
			if batch, err := queue.Read(context.Background(), 10, 0); batch != nil || err != nil {
				t.Fatalf("an empty closed queue gave %v, %v", batch, err)
			}
		})
	}
}
