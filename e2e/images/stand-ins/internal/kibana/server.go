// The HTTP side: /api/status for probes and people, and a page that says what this is.
package kibana

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"loggingstack.dev/stand-ins/internal/logging"
)

// Server is the running stand-in.
type Server struct {
	config   *Config
	log      *logging.Logger
	watcher  *watcher
	listener net.Listener
	http     *http.Server
	scheme   string
}

// New loads certificates and binds the port.
func New(config *Config, log *logging.Logger) (*Server, error) {
	made := &Server{config: config, log: log.Named("http.server.Kibana"), scheme: "http"}
	served, err := config.ServerTLS()
	if err != nil {
		return nil, err
	}
	if made.watcher, err = newWatcher(config, log); err != nil {
		return nil, err
	}
	port := config.Number("server.port", 5601)
	if port < 0 || port > 65535 || port != float64(int(port)) {
		return nil, fmt.Errorf("options.port should be >= 0 and < 65536. Received %v", port)
	}
	address := net.JoinHostPort(config.Text("server.host", "localhost"), strconv.Itoa(int(port)))
	if made.listener, err = net.Listen("tcp", address); err != nil {
		return nil, fmt.Errorf("Port %v is already in use or cannot be bound. %w", port, err)
	}
	made.http = &http.Server{Handler: made.routes(), TLSConfig: served, ReadHeaderTimeout: 10 * time.Second}
	if served != nil {
		made.scheme = "https"
	}
	if config.Text("server.protocol", "") == "http1" || (config.Major < 9 && !config.Has("server.protocol")) {
		made.http.Protocols = &http.Protocols{}
		made.http.Protocols.SetHTTP1(true)
	}
	return made, nil
}

// Address is where the server listens.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Run serves until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go s.watcher.watch(watching)
	s.log.Info(fmt.Sprintf("http server running at %s://%s", s.scheme, s.Address()), nil)
	ended := make(chan error, 1)
	go func() {
		if s.http.TLSConfig != nil {
			ended <- s.http.ServeTLS(s.listener, "", "")
		} else {
			ended <- s.http.Serve(s.listener)
		}
	}()
	select {
	case err := <-ended:
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return err
	case <-ctx.Done():
	}
	limited, cancel := context.WithTimeout(context.Background(), s.config.Duration("server.shutdownTimeout", 30*time.Second))
	defer cancel()
	return s.http.Shutdown(limited)
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/status", s.status)
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if ready, _ := s.watcher.status(); !ready {
			s.notReady(w)
			return
		}
		s.answer(w, http.StatusNotFound, map[string]any{"statusCode": 404, "error": "Not Found", "message": "Not Found"})
	})
	base := s.config.Text("server.basePath", "")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Kbn-Name", s.name())
		w.Header().Set("Retry-After", "30")
		if ready, _ := s.watcher.status(); ready {
			w.Header().Del("Retry-After")
		}
		if base != "" && s.config.Bool("server.rewriteBasePath") {
			r.URL.Path = "/" + strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, base), "/")
		}
		mux.ServeHTTP(w, r)
	})
}

func (s *Server) name() string {
	host, err := os.Hostname()
	if err != nil {
		host = "kibana"
	}
	return s.config.Text("server.name", host)
}

func (s *Server) notReady(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(http.StatusServiceUnavailable)
	// A probe that has gone needs no answer.
	_, _ = w.Write([]byte("Kibana server is not ready yet."))
}

// status tells everybody the overall level, and only those whom Elasticsearch knows the rest, as the real one does.
func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	ready, problem := s.watcher.status()
	level, code := "available", http.StatusOK
	if !ready {
		level, code = "critical", http.StatusServiceUnavailable
	}
	overall := map[string]any{"level": level}
	body := map[string]any{"status": map[string]any{"overall": overall}}
	if s.config.Bool("status.allowAnonymous") || (ready && s.watcher.knows(r.Context(), r.Header.Get("Authorization"))) {
		overall["summary"] = "All services and plugins are available"
		if !ready {
			overall["summary"] = s.log.Redact(problem)
		}
		body["name"] = s.name()
		body["version"] = map[string]any{"number": s.config.Version, "build_flavor": "stand-in", "build_snapshot": false}
	}
	s.answer(w, code, body)
}

func (s *Server) answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		s.log.Debug("an answer could not be sent", logging.Fields{"error": err.Error()})
	}
}

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Kibana stand-in</title></head>
<body><h1>This is a stand-in for Kibana {{.Version}}</h1>
<p>It runs where the official image cannot be had. It checks the configuration as Kibana does, connects to Elasticsearch
and serves <a href="{{.Base}}/api/status">/api/status</a>. It has no user interface. With the official image, Kibana is here.</p>
<p>Elasticsearch: {{if .Ready}}connected{{else}}not connected{{end}}</p></body></html>
`))

func (s *Server) page(w http.ResponseWriter, _ *http.Request) {
	ready, _ := s.watcher.status()
	if !ready {
		s.notReady(w)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := page.Execute(w, map[string]any{"Version": s.config.Version, "Base": s.config.Text("server.basePath", ""), "Ready": ready}); err != nil {
		s.log.Debug("the page could not be sent", logging.Fields{"error": err.Error()})
	}
}
