// Package api is the HTTP API of Logstash, as much of it as operators and probes use.
package api

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"loggingstack.dev/stand-ins/internal/agent"
	"loggingstack.dev/stand-ins/internal/logging"
	"loggingstack.dev/stand-ins/internal/pki"
	"loggingstack.dev/stand-ins/internal/settings"
)

// Server is the running API.
type Server struct {
	settings  *settings.Settings
	agent     *agent.Agent
	log       *logging.Logger
	listener  net.Listener
	server    *http.Server
	id        string
	ephemeral string
	started   time.Time
}

// Start binds the first free port of api.http.port.
func Start(of *settings.Settings, pipelines *agent.Agent, log *logging.Logger) (*Server, error) {
	id, err := persistentID(of.Text("path.data"))
	if err != nil {
		return nil, err
	}
	made := &Server{settings: of, agent: pipelines, log: log.Named("logstash.api"), id: id, ephemeral: randomID(), started: time.Now()}
	if made.listener, err = listen(of); err != nil {
		return nil, err
	}
	// Who connects and goes, as a probe does, is no news.
	made.server = &http.Server{Handler: made.guard(made.routes()), ReadHeaderTimeout: 10 * time.Second, ErrorLog: stdlog.New(io.Discard, "", 0)}
	go func() {
		if err := made.server.Serve(made.listener); !errors.Is(err, http.ErrServerClosed) {
			made.log.Error("The API has ended", logging.Fields{"exception": err.Error()})
		}
	}()
	made.log.Info("Successfully started Logstash API endpoint", logging.Fields{"address": made.listener.Addr().String(), "ssl_enabled": of.Bool("api.ssl.enabled")})
	return made, nil
}

func listen(of *settings.Settings) (net.Listener, error) {
	ports := of.Ports("api.http.port")
	var failure error
	for port := ports.First; port <= ports.Last; port++ {
		listener, err := net.Listen("tcp", fmt.Sprintf("%s:%d", of.Text("api.http.host"), port))
		if err == nil {
			return secured(listener, of)
		}
		failure = err
	}
	return nil, fmt.Errorf("Logstash tried to bind to port %d, but the port is already in use. You can specify a new port by launching logstash with the --api.http.port option: %w", ports.Last, failure)
}

// secured speaks TLS alone when api.ssl.enabled says so.
func secured(listener net.Listener, of *settings.Settings) (net.Listener, error) {
	if !of.Bool("api.ssl.enabled") {
		return listener, nil
	}
	certificate, err := pki.Keystore(of.Text("api.ssl.keystore.path"), of.Text("api.ssl.keystore.password"))
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	lowest, highest := pki.Versions(of.Texts("api.ssl.supported_protocols"))
	return tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: lowest, MaxVersion: highest}), nil
}

// Close ends the API.
func (s *Server) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.server.Shutdown(ctx) != nil {
		// Whoever still reads an answer must not hold up the end.
		_ = s.server.Close()
	}
}

func randomID() string {
	bytes := make([]byte, 16)
	// crypto/rand never fails on the systems that Go supports.
	_, _ = rand.Read(bytes)
	text := hex.EncodeToString(bytes)
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

func persistentID(folder string) (string, error) {
	path := filepath.Join(folder, "uuid")
	if content, err := os.ReadFile(path); err == nil && len(content) > 0 {
		return strings.TrimSpace(string(content)), nil
	}
	id := randomID()
	if err := os.WriteFile(path, []byte(id), 0o600); err != nil {
		return "", fmt.Errorf("cannot write %s: %w", path, err)
	}
	return id, nil
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { s.answer(w, s.root()) })
	mux.HandleFunc("GET /_node", func(w http.ResponseWriter, _ *http.Request) {
		s.answer(w, s.with(map[string]any{"pipelines": s.agent.Stats()}))
	})
	mux.HandleFunc("GET /_node/pipelines", func(w http.ResponseWriter, _ *http.Request) {
		s.answer(w, s.with(map[string]any{"pipelines": s.agent.Stats()}))
	})
	mux.HandleFunc("GET /_node/stats", func(w http.ResponseWriter, _ *http.Request) {
		s.answer(w, s.with(map[string]any{"pipelines": s.agent.Stats(), "reloads": s.agent.Reloads(), "process": map[string]any{"pid": os.Getpid()},
			"jvm": map[string]any{"uptime_in_millis": time.Since(s.started).Milliseconds()}}))
	})
	mux.HandleFunc("GET /_node/stats/pipelines", func(w http.ResponseWriter, _ *http.Request) {
		s.answer(w, s.with(map[string]any{"pipelines": s.agent.Stats()}))
	})
	mux.HandleFunc("GET /_node/stats/pipelines/{id}", func(w http.ResponseWriter, r *http.Request) {
		stats, known := s.agent.Stats()[r.PathValue("id")]
		if !known {
			s.notFound(w, r)
			return
		}
		s.answer(w, s.with(map[string]any{"pipelines": map[string]any{r.PathValue("id"): stats}}))
	})
	mux.HandleFunc("GET /_health_report", func(w http.ResponseWriter, _ *http.Request) { s.answer(w, s.with(report(s.agent.States()))) })
	mux.HandleFunc("/", s.notFound)
	return mux
}

// guard asks for the password of api.auth.type: basic.
func (s *Server) guard(next http.Handler) http.Handler {
	if s.settings.Text("api.auth.type") != "basic" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		sameUser := subtle.ConstantTimeCompare([]byte(user), []byte(s.settings.Text("api.auth.basic.username")))
		samePassword := subtle.ConstantTimeCompare([]byte(password), []byte(s.settings.Text("api.auth.basic.password")))
		if sameUser&samePassword != 1 {
			w.Header().Set("WWW-Authenticate", `Basic realm="logstash-api"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) answer(w http.ResponseWriter, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(body); err != nil {
		s.log.Debug("An answer could not be sent", logging.Fields{"exception": err.Error()})
	}
}

func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusNotFound)
	// The client may be gone; then nobody misses the answer.
	_ = json.NewEncoder(w).Encode(map[string]any{"path": r.URL.Path, "status": 404, "error": map[string]any{"message": "Not Found"}})
}

// with adds what every answer says about the node.
func (s *Server) with(body map[string]any) map[string]any {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	for name, value := range map[string]any{"host": host, "version": s.settings.Version.Text, "http_address": s.listener.Addr().String(),
		"id": s.id, "name": s.settings.Text("node.name"), "ephemeral_id": s.ephemeral, "snapshot": false,
		"pipeline": map[string]any{"workers": s.settings.Int("pipeline.workers"), "batch_size": s.settings.Int("pipeline.batch.size"),
			"batch_delay": s.settings.Int("pipeline.batch.delay")}} {
		body[name] = value
	}
	if _, given := body["status"]; !given {
		body["status"] = report(s.agent.States())["status"]
	}
	return body
}

func (s *Server) root() map[string]any {
	return s.with(map[string]any{"build_flavor": "stand-in", "build_snapshot": false})
}
