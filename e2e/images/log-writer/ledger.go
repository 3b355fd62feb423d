// The ledger: what was written so far, as it can be asked for over HTTP.
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
)

type entry struct {
	id   string
	hash [sha256.Size]byte
}

type ledger struct {
	mutex   sync.Mutex
	planned int
	bytes   int
	entries []entry
}

type status struct {
	Planned int  `json:"planned"`
	Written int  `json:"written"`
	Bytes   int  `json:"bytes"`
	Done    bool `json:"done"`
}

func newLedger(planned int) *ledger { return &ledger{planned: planned} }

func (l *ledger) add(id, text string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.bytes += len(text) + 1
	l.entries = append(l.entries, entry{id: id, hash: sha256.Sum256([]byte(text))})
}

func (l *ledger) status() status {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return status{Planned: l.planned, Written: len(l.entries), Bytes: l.bytes, Done: len(l.entries) == l.planned}
}

// snapshot needs no copy: entries are only ever appended.
func (l *ledger) snapshot() []entry {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.entries
}

// handler serves GET /ledger (a line `<id> <SHA-256 in hex>` per line written, in the order of writing) and GET /status.
func (l *ledger) handler() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /ledger", func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("Content-Type", "text/plain")
		buffered := bufio.NewWriter(answer)
		defer buffered.Flush()
		for _, entry := range l.snapshot() {
			fmt.Fprintf(buffered, "%s %x\n", entry.id, entry.hash)
		}
	})
	routes.HandleFunc("GET /status", func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(answer).Encode(l.status())
	})
	return routes
}
