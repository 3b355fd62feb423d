// The dead letter queue of one pipeline: files of JSON lines, bounded by dead_letter_queue.max_bytes.
package agent

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"loggingstack.dev/stand-ins/internal/event"
)

const deadLetterFileBytes = 10 << 20

type deadLetters struct {
	mu        sync.Mutex
	folder    string
	maxBytes  int64
	dropOlder bool
	number    int
	dropped   int64
	lastError string
}

type deadLetter struct {
	Time     string         `json:"timestamp"`
	Plugin   string         `json:"plugin_id"`
	Reason   string         `json:"reason"`
	Event    map[string]any `json:"event"`
	Metadata map[string]any `json:"metadata,omitempty"`
}

func openDeadLetters(folder string, maxBytes int64, policy string) (*deadLetters, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("dead letter queue: cannot make %s: %w", folder, err)
	}
	opened := &deadLetters{folder: folder, maxBytes: maxBytes, dropOlder: policy == "drop_older", number: 1, lastError: "no errors"}
	for _, file := range opened.files() {
		opened.number = max(opened.number, numberOf(file))
	}
	return opened, nil
}

func numberOf(file string) int {
	// Other files in the folder count as none.
	number, _ := strconv.Atoi(strings.TrimSuffix(filepath.Base(file), ".log"))
	return number
}

func (d *deadLetters) files() []string {
	// The pattern is constant and valid.
	files, _ := filepath.Glob(filepath.Join(d.folder, "*.log"))
	sort.Slice(files, func(i, j int) bool { return numberOf(files[i]) < numberOf(files[j]) })
	return files
}

func (d *deadLetters) size() int64 {
	total := int64(0)
	for _, file := range d.files() {
		if info, err := os.Stat(file); err == nil {
			total += info.Size()
		}
	}
	return total
}

// Write keeps the event, or counts it as dropped when the queue is full and its policy says so.
func (d *deadLetters) Write(e *event.Event, plugin, reason string) error {
	line, err := json.Marshal(deadLetter{Time: event.FormatTime(time.Now()), Plugin: plugin, Reason: reason, Event: e.Data, Metadata: e.Metadata})
	if err != nil {
		return fmt.Errorf("dead letter queue: %w", err)
	}
	line = append(line, '\n')
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.maxBytes > 0 && d.size()+int64(len(line)) > d.maxBytes {
		files := d.files()
		if !d.dropOlder || len(files) < 2 {
			d.dropped++
			d.lastError = fmt.Sprintf("Cannot write event to DLQ(path: %s): reached maxQueueSize of %d", d.folder, d.maxBytes)
			return nil
		}
		if err := os.Remove(files[0]); err != nil {
			return fmt.Errorf("dead letter queue: %w", err)
		}
		d.dropped++
	}
	return d.append(line)
}

func (d *deadLetters) append(line []byte) error {
	path := filepath.Join(d.folder, strconv.Itoa(d.number)+".log")
	if info, err := os.Stat(path); err == nil && info.Size() > 0 && info.Size()+int64(len(line)) > min(deadLetterFileBytes, max(d.maxBytes/2, 1)) {
		d.number++
		path = filepath.Join(d.folder, strconv.Itoa(d.number)+".log")
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("dead letter queue: %w", err)
	}
	_, err = file.Write(line)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}

func (d *deadLetters) stats() map[string]any {
	d.mu.Lock()
	defer d.mu.Unlock()
	return map[string]any{"queue_size_in_bytes": d.size(), "max_queue_size_in_bytes": d.maxBytes, "dropped_events": d.dropped,
		"expired_events": 0, "last_error": d.lastError, "storage_policy": map[bool]string{true: "drop_older", false: "drop_newer"}[d.dropOlder]}
}
