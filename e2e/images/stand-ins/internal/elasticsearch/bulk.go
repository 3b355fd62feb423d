// Bulk requests: at most 20 MB each, compressed, answers mapped back to events.
package elasticsearch

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"loggingstack.dev/stand-ins/internal/logging"
)

// targetBulkBytes is the documented size at which the plugin splits a batch.
const targetBulkBytes = 20 * 1024 * 1024

const bulkQuery = "/_bulk?filter_path=errors,items.*.error,items.*.status"

// unreachable says that the request did not get an answer.
type unreachable struct{ cause error }

func (u *unreachable) Error() string { return u.cause.Error() }
func (u *unreachable) Unwrap() error { return u.cause }

// badResponse is an answer to the whole request that is not 200.
type badResponse struct {
	status int
	body   string
}

func (b *badResponse) Error() string { return fmt.Sprintf("Got response code '%d'", b.status) }

type itemResult struct {
	Status int             `json:"status"`
	Error  json.RawMessage `json:"error"`
}

func (i itemResult) errorType() string {
	detail := struct {
		Type string `json:"type"`
	}{}
	// Without a readable error there is no type to be told.
	_ = json.Unmarshal(i.Error, &detail)
	return detail.Type
}

func encode(made action) ([]byte, error) {
	head, err := json.Marshal(map[string]any{made.verb: made.metadata})
	if err != nil {
		return nil, err
	}
	document, err := json.Marshal(made.document)
	if err != nil {
		return nil, err
	}
	return append(append(append(head, '\n'), document...), '\n'), nil
}

// chunks splits actions so that no request but one of a single large document is over 20 MB.
func chunks(actions []action) ([][]action, [][]byte, error) {
	groups, bodies := [][]action{{}}, [][]byte{{}}
	for _, made := range actions {
		lines, err := encode(made)
		if err != nil {
			return nil, nil, fmt.Errorf("an event cannot be written as JSON: %w", err)
		}
		last := len(groups) - 1
		if len(bodies[last]) > 0 && len(bodies[last])+len(lines) > targetBulkBytes {
			groups, bodies = append(groups, []action{}), append(bodies, []byte{})
			last++
		}
		groups[last] = append(groups[last], made)
		bodies[last] = append(bodies[last], lines...)
	}
	return groups, bodies, nil
}

// bulk sends all actions and gives one result per action.
func (o *Output) bulk(ctx context.Context, actions []action) ([]itemResult, error) {
	groups, bodies, err := chunks(actions)
	if err != nil {
		return nil, err
	}
	results := []itemResult{}
	for i, group := range groups {
		part, err := o.send(ctx, group, bodies[i])
		if err != nil {
			return nil, err
		}
		results = append(results, part...)
	}
	return results, nil
}

func (o *Output) send(ctx context.Context, group []action, body []byte) ([]itemResult, error) {
	host, err := o.pool.next()
	if err != nil {
		return nil, err
	}
	payload, encoding := o.compress(body)
	request, err := o.pool.request(ctx, http.MethodPost, host, o.config.TextOr("bulk_path", bulkQuery), bytes.NewReader(payload))
	if err != nil {
		return nil, err
	}
	request.Header.Set("X-Elastic-Event-Count", strconv.Itoa(len(group)))
	request.Header.Set("X-Elastic-Uncompressed-Request-Length", strconv.Itoa(len(body)))
	if encoding != "" {
		request.Header.Set("Content-Encoding", encoding)
	}
	response, err := o.pool.client.Do(request)
	if err != nil {
		o.pool.mark(host, false)
		return nil, &unreachable{err}
	}
	defer drain(response)
	if response.StatusCode == http.StatusRequestEntityTooLarge {
		o.log.Warn("Bulk request rejected: `413 Payload Too Large`", logging.Fields{"action_count": len(group), "content_length": len(payload)})
		return repeated(itemResult{Status: response.StatusCode, Error: json.RawMessage(`{"type":"payload_too_large"}`)}, len(group)), nil
	}
	if response.StatusCode != http.StatusOK {
		said, err := io.ReadAll(io.LimitReader(response.Body, 4096))
		if err != nil {
			return nil, &unreachable{err}
		}
		return nil, &badResponse{response.StatusCode, string(said)}
	}
	return readResults(response.Body, len(group))
}

func (o *Output) compress(body []byte) (payload []byte, encoding string) {
	level, err := strconv.Atoi(o.config.TextOr("compression_level", "1"))
	if err != nil || level == 0 || !o.config.Bool("http_compression", true) {
		return body, ""
	}
	compressed := bytes.Buffer{}
	writer, err := gzip.NewWriterLevel(&compressed, level)
	if err != nil {
		return body, ""
	}
	// A bytes.Buffer takes everything.
	_, _ = writer.Write(body)
	_ = writer.Close()
	return compressed.Bytes(), "gzip"
}

func repeated(result itemResult, count int) []itemResult {
	results := make([]itemResult, count)
	for i := range results {
		results[i] = result
	}
	return results
}

func readResults(body io.Reader, count int) ([]itemResult, error) {
	answer := struct {
		Errors bool                    `json:"errors"`
		Items  []map[string]itemResult `json:"items"`
	}{}
	if err := json.NewDecoder(body).Decode(&answer); err != nil {
		return nil, &unreachable{fmt.Errorf("the answer to a bulk request is broken: %w", err)}
	}
	if !answer.Errors {
		return repeated(itemResult{Status: http.StatusCreated}, count), nil
	}
	if len(answer.Items) != count {
		return nil, fmt.Errorf("Sent %d documents but Elasticsearch returned %d responses (likely a bug with _bulk endpoint)", count, len(answer.Items))
	}
	results := []itemResult{}
	for _, item := range answer.Items {
		for _, result := range item {
			results = append(results, result)
		}
	}
	return results, nil
}

// shorten keeps answers of Elasticsearch in log lines within reason.
func shorten(text string) string {
	if len(text) > 600 {
		return strings.ToValidUTF8(text[:600], "") + "…"
	}
	return text
}
