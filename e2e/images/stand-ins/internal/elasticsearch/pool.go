// The connection pool: which hosts are alive, asked again every resurrect_delay.
package elasticsearch

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"loggingstack.dev/stand-ins/internal/logging"
)

var errNoLiveHost = errors.New("No Available connections")

type pool struct {
	output *Output
	client *http.Client
	mu     sync.Mutex
	alive  map[*url.URL]bool
	turn   int
	stop   context.CancelFunc
	done   sync.WaitGroup
}

func newPool(output *Output, transport *tls.Config) *pool {
	return &pool{
		output: output,
		alive:  map[*url.URL]bool{},
		client: &http.Client{
			Timeout: seconds(output.config.Number("timeout", 60)),
			Transport: &http.Transport{TLSClientConfig: transport, MaxIdleConnsPerHost: int(output.config.Number("pool_max_per_route", 100)),
				IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 20 * time.Second},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

func (p *pool) start() {
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	p.done.Add(1)
	go func() {
		defer p.done.Done()
		for {
			p.resurrect(ctx)
			select {
			case <-ctx.Done():
				return
			case <-time.After(seconds(p.output.config.Number("resurrect_delay", 5))):
			}
		}
	}()
}

func (p *pool) close() {
	if p.stop != nil {
		p.stop()
		p.done.Wait()
	}
	p.client.CloseIdleConnections()
}

// resurrect asks every host that is not alive who it is.
func (p *pool) resurrect(ctx context.Context) {
	for _, host := range p.output.hosts {
		if p.isAlive(host) {
			continue
		}
		err := p.identify(ctx, host)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			p.output.log.Warn("Attempted to resurrect connection to dead ES instance, but got an error", logging.Fields{"url": host.Redacted(), "message": err.Error()})
		default:
			p.output.log.Info("Restored connection to ES instance", logging.Fields{"url": host.Redacted()})
			p.mark(host, true)
		}
	}
}

func (p *pool) isAlive(host *url.URL) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.alive[host]
}

func (p *pool) anyAlive() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, alive := range p.alive {
		if alive {
			return true
		}
	}
	return false
}

func (p *pool) mark(host *url.URL, alive bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.alive[host] = alive
}

// identify makes sure that the host is Elasticsearch, lets us in, and is of a version that can be served.
func (p *pool) identify(ctx context.Context, host *url.URL) error {
	request, err := p.request(ctx, http.MethodGet, host, "/", nil)
	if err != nil {
		return err
	}
	response, err := p.client.Do(request)
	if err != nil {
		return fmt.Errorf("Elasticsearch Unreachable: [%s] %w", host.Redacted(), err)
	}
	defer drain(response)
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("Got response code '%d' contacting Elasticsearch at URL '%s'", response.StatusCode, host.Redacted())
	}
	info := struct {
		Version struct {
			Number string `json:"number"`
		} `json:"version"`
	}{}
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&info); err != nil || info.Version.Number == "" {
		return fmt.Errorf("Could not connect to a compatible version of Elasticsearch at %s", host.Redacted())
	}
	if response.Header.Get("X-Elastic-Product") != "Elasticsearch" {
		return fmt.Errorf("Could not connect to a compatible version of Elasticsearch at %s: it does not say that it is Elasticsearch", host.Redacted())
	}
	return nil
}

func (p *pool) request(ctx context.Context, method string, host *url.URL, path string, body io.Reader) (*http.Request, error) {
	base := strings.TrimSuffix(p.output.config.TextOr("path", host.Path), "/")
	target := url.URL{Scheme: host.Scheme, Host: host.Host, Path: base}
	request, err := http.NewRequestWithContext(ctx, method, target.String()+path, body)
	if err != nil {
		return nil, err
	}
	for name, value := range p.output.config.Hash("custom_headers") {
		request.Header.Set(name, fmt.Sprint(value))
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Elastic-Product-Origin", "logstash-output-elasticsearch")
	request.Header.Set("User-Agent", "Elastic-Logstash/"+p.output.context.Version+" (stand-in)")
	switch {
	case p.output.authorization != "":
		request.Header.Set("Authorization", p.output.authorization)
	case host.User != nil:
		password, _ := host.User.Password()
		request.SetBasicAuth(host.User.Username(), password)
	}
	return request, nil
}

// next gives the live hosts in turn.
func (p *pool) next() (*url.URL, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range p.output.hosts {
		host := p.output.hosts[p.turn%len(p.output.hosts)]
		p.turn++
		if p.alive[host] {
			return host, nil
		}
	}
	return nil, errNoLiveHost
}

// drain reads to the end so that the connection can be used again.
func drain(response *http.Response) {
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20))
	_ = response.Body.Close()
}
