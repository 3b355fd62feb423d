// What Kibana asks of Elasticsearch all the time: is it there, does it let us in, are its versions ones to work with.
package kibana

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"loggingstack.dev/stand-ins/internal/logging"
)

// verifyChainOnly checks the chain but not the host name (elasticsearch.ssl.verificationMode: certificate).
func verifyChainOnly(client *tls.Config) {
	client.InsecureSkipVerify = true
	client.VerifyConnection = func(state tls.ConnectionState) error {
		options := x509.VerifyOptions{Roots: client.RootCAs, Intermediates: x509.NewCertPool()}
		for _, certificate := range state.PeerCertificates[1:] {
			options.Intermediates.AddCert(certificate)
		}
		_, err := state.PeerCertificates[0].Verify(options)
		return err
	}
}

// watcher polls Elasticsearch and keeps the verdict of the last look.
type watcher struct {
	config  *Config
	log     *logging.Logger
	client  *http.Client
	hosts   []string
	turn    int
	mu      sync.Mutex
	problem string
	ready   bool
}

func newWatcher(config *Config, log *logging.Logger) (*watcher, error) {
	transport, err := config.ElasticsearchTLS()
	if err != nil {
		return nil, err
	}
	hosts := config.Texts("elasticsearch.hosts")
	if len(hosts) == 0 {
		hosts = []string{"http://localhost:9200"}
	}
	timeout := config.Duration("elasticsearch.requestTimeout", 30*time.Second)
	return &watcher{config: config, log: log.Named("elasticsearch-service"), hosts: hosts, problem: "not asked yet",
		client: &http.Client{Timeout: timeout, Transport: &http.Transport{TLSClientConfig: transport, IdleConnTimeout: time.Minute}}}, nil
}

// status says whether Kibana is ready, and otherwise why not.
func (w *watcher) status() (ready bool, problem string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ready, w.problem
}

func (w *watcher) watch(ctx context.Context) {
	for {
		err := w.look(ctx)
		if ctx.Err() != nil {
			return
		}
		w.note(err)
		delay := w.config.Duration("elasticsearch.healthCheck.delay", 2500*time.Millisecond)
		if err != nil {
			delay = w.config.Duration("elasticsearch.healthCheck.startupDelay", 500*time.Millisecond)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(delay):
		}
	}
}

// note logs a change, not every look.
func (w *watcher) note(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	problem := ""
	if err != nil {
		problem = err.Error()
	}
	if problem != "" && problem != w.problem {
		w.log.Error(problem, nil)
	}
	if problem == "" && !w.ready {
		w.log.Info("Successfully connected to Elasticsearch", nil)
		w.log.Named("status").Info("Kibana is now available", nil)
	}
	w.ready, w.problem = problem == "", problem
}

func (w *watcher) authorization() string {
	if token := w.config.Text("elasticsearch.serviceAccountToken", ""); token != "" {
		return "Bearer " + token
	}
	if user := w.config.Text("elasticsearch.username", ""); user != "" {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+w.config.Text("elasticsearch.password", "")))
	}
	return ""
}

func (w *watcher) get(ctx context.Context, path, authorization string) (*http.Response, error) {
	host := strings.TrimSuffix(w.hosts[w.turn%len(w.hosts)], "/")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, host+path, nil)
	if err != nil {
		return nil, err
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	request.Header.Set("User-Agent", "Kibana/"+w.config.Version+" (stand-in)")
	request.Header.Set("X-Elastic-Product-Origin", "kibana")
	return w.client.Do(request)
}

// look asks the nodes for their versions.
func (w *watcher) look(ctx context.Context) error {
	response, err := w.get(ctx, "/_nodes?filter_path=nodes.*.version,nodes.*.http.publish_address,nodes.*.ip", w.authorization())
	if err != nil {
		w.turn++
		return fmt.Errorf("Unable to retrieve version information from Elasticsearch nodes. %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 4<<20))
	if err != nil {
		return fmt.Errorf("Unable to retrieve version information from Elasticsearch nodes. %w", err)
	}
	if response.StatusCode != http.StatusOK {
		w.turn++
		return fmt.Errorf("Unable to retrieve version information from Elasticsearch nodes. Elasticsearch answers %d", response.StatusCode)
	}
	if response.Header.Get("X-Elastic-Product") != "Elasticsearch" {
		return fmt.Errorf("The client noticed that the server is not Elasticsearch and we do not support this unknown product.")
	}
	answer := struct {
		Nodes map[string]struct {
			Version string `json:"version"`
			IP      string `json:"ip"`
		} `json:"nodes"`
	}{}
	if err := json.Unmarshal(body, &answer); err != nil || len(answer.Nodes) == 0 {
		return fmt.Errorf("Unable to retrieve version information from Elasticsearch nodes.")
	}
	wrong := []string{}
	for _, id := range slices.Sorted(maps.Keys(answer.Nodes)) {
		if node := answer.Nodes[id]; !w.config.compatible(node.Version) {
			wrong = append(wrong, fmt.Sprintf("v%s @ %s", node.Version, node.IP))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("This version of Kibana (v%s) is incompatible with the following Elasticsearch nodes in your cluster: %s", w.config.Version, strings.Join(wrong, ", "))
	}
	return nil
}

// compatible: the same major version, and Elasticsearch at least as new a minor one.
func (c *Config) compatible(elasticsearch string) bool {
	parts := strings.SplitN(elasticsearch, ".", 3)
	if len(parts) < 3 {
		return false
	}
	major, majorErr := strconv.Atoi(parts[0])
	minor, minorErr := strconv.Atoi(parts[1])
	return majorErr == nil && minorErr == nil && major == c.Major && minor >= c.Minor
}

// knows says whether Elasticsearch lets in whoever sent this Authorization header.
func (w *watcher) knows(ctx context.Context, authorization string) bool {
	if authorization == "" {
		return false
	}
	response, err := w.get(ctx, "/_security/_authenticate", authorization)
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode == http.StatusOK
}
