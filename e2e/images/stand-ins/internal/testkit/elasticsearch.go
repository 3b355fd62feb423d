// A fake Elasticsearch: it answers GET / and /_bulk over TLS, as a test tells it to, and keeps what was created.
package testkit

import (
	"bufio"
	"compress/gzip"
	"crypto/tls"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// Document is one create (or index) operation that the fake has taken.
type Document struct {
	Verb   string
	Index  string
	Source map[string]any
}

// Verdict decides about one document: its status and error type.
type Verdict func(document Document, attempt int) (status int, errorType string)

// Elasticsearch is the fake.
type Elasticsearch struct {
	server *httptest.Server
	mu     sync.Mutex
	// authorization is the header that is let in; others get 401.
	authorization string
	version       string
	refusals      []int
	verdict       Verdict
	documents     []Document
	bulks         int
	largest       int
	attempts      map[string]int
}

// NewElasticsearch starts the fake on a free loopback port, with the given certificate.
func NewElasticsearch(t *testing.T, certificate tls.Certificate, authorization string) *Elasticsearch {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	fake := &Elasticsearch{authorization: authorization, version: "9.4.3", attempts: map[string]int{}}
	fake.server = httptest.NewUnstartedServer(fake)
	if err := fake.server.Listener.Close(); err != nil {
		t.Fatal(err)
	}
	fake.server.Listener = listener
	// Refused handshakes are what some tests want; they need not be told of.
	fake.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	fake.server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	fake.server.StartTLS()
	t.Cleanup(fake.server.Close)
	return fake
}

// URL is where the fake listens.
func (f *Elasticsearch) URL() string { return f.server.URL }

// Close ends the fake.
func (f *Elasticsearch) Close() { f.server.Close() }

// LetIn changes which Authorization header is let in.
func (f *Elasticsearch) LetIn(authorization string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.authorization = authorization
}

// SetVersion changes the version that GET / tells.
func (f *Elasticsearch) SetVersion(version string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.version = version
}

// Refuse answers the next bulk requests with these statuses instead of taking them.
func (f *Elasticsearch) Refuse(statuses ...int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refusals = append(f.refusals, statuses...)
}

// Judge sets how single documents are answered.
func (f *Elasticsearch) Judge(verdict Verdict) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.verdict = verdict
}

// Documents gives what was taken so far.
func (f *Elasticsearch) Documents() []Document {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Document(nil), f.documents...)
}

// Bulks counts the bulk requests, refused ones too.
func (f *Elasticsearch) Bulks() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.bulks
}

// Largest is the size of the largest bulk request, uncompressed.
func (f *Elasticsearch) Largest() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.largest
}

func (f *Elasticsearch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.Header().Set("Content-Type", "application/json")
	f.mu.Lock()
	authorization, version := f.authorization, f.version
	f.mu.Unlock()
	if r.Header.Get("Authorization") != authorization {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	switch r.URL.Path {
	case "/":
		reply(w, map[string]any{"cluster_uuid": "test", "version": map[string]any{"number": version}})
	case "/_nodes":
		reply(w, map[string]any{"nodes": map[string]any{"n": map[string]any{"version": version, "ip": "127.0.0.1"}}})
	case "/_security/_authenticate":
		reply(w, map[string]any{"username": "elastic/kibana"})
	case "/_bulk":
		f.bulk(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func reply(w io.Writer, body any) {
	// A client that has gone does not matter here.
	_ = json.NewEncoder(w).Encode(body)
}

func (f *Elasticsearch) bulk(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		body = unpacked
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bulks++
	if len(f.refusals) > 0 {
		status := f.refusals[0]
		f.refusals = f.refusals[1:]
		w.WriteHeader(status)
		reply(w, map[string]any{"error": map[string]any{"type": "refused_by_test"}})
		return
	}
	f.takeLines(w, body)
}

func (f *Elasticsearch) takeLines(w http.ResponseWriter, body io.Reader) {
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 64<<20)
	items, failed, size := []any{}, false, 0
	for lines.Scan() {
		size += len(lines.Bytes()) + 1
		head := map[string]map[string]any{}
		if json.Unmarshal(lines.Bytes(), &head) != nil || !lines.Scan() {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		size += len(lines.Bytes()) + 1
		for verb, metadata := range head {
			document := Document{Verb: verb, Source: map[string]any{}}
			document.Index, _ = metadata["_index"].(string)
			if json.Unmarshal(lines.Bytes(), &document.Source) != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			item := f.judge(document)
			failed = failed || item["error"] != nil
			items = append(items, map[string]any{verb: item})
		}
	}
	f.largest = max(f.largest, size)
	reply(w, map[string]any{"errors": failed, "items": items})
}

func (f *Elasticsearch) judge(document Document) map[string]any {
	message, _ := document.Source["message"].(string)
	f.attempts[message]++
	if f.verdict != nil {
		if status, kind := f.verdict(document, f.attempts[message]); status > 201 {
			return map[string]any{"status": status, "error": map[string]any{"type": kind, "reason": "the test wants it"}}
		}
	}
	f.documents = append(f.documents, document)
	return map[string]any{"status": 201}
}
