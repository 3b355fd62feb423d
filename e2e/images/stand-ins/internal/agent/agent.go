// The agent: it converges from the pipelines that run to those that the files describe.
package agent

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"loggingstack.dev/stand-ins/internal/envsubst"
	"loggingstack.dev/stand-ins/internal/logging"
	"loggingstack.dev/stand-ins/internal/pipeline"
	"loggingstack.dev/stand-ins/internal/settings"
)

// Agent owns all pipelines of one process.
type Agent struct {
	settings *settings.Settings
	lookup   envsubst.Lookup
	log      *logging.Logger
	lock     *os.File
	mu       sync.Mutex
	// pipelines holds every pipeline that was ever asked for and not taken away.
	pipelines map[string]*entry
}

type entry struct {
	running   *running
	source    pipeline.Source
	successes int
	failures  int
	lastError string
	failedAt  time.Time
	loadedAt  time.Time
	// failedHash is the configuration that failed last, so that its error is logged once.
	failedHash string
}

// New makes an agent and takes the lock of path.data.
func New(of *settings.Settings, lookup envsubst.Lookup, log *logging.Logger) (*Agent, error) {
	lock, err := lockData(of.Text("path.data"))
	if err != nil {
		return nil, err
	}
	return &Agent{settings: of, lookup: lookup, log: log.Named("logstash.agent"), lock: lock, pipelines: map[string]*entry{}}, nil
}

func lockData(folder string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(folder, ".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("path.data cannot be locked: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(errors.New("Logstash could not be started because there is already another instance using the configured data directory.  If you wish to run multiple instances, you must change the \"path.data\" setting."), file.Close()) //nolint:staticcheck // the words of Logstash
	}
	return file, nil
}

// CheckAll compiles and prepares every pipeline without running any, for --config.test_and_exit.
func CheckAll(of *settings.Settings, lookup envsubst.Lookup, log *logging.Logger) error {
	pipelines, err := of.Pipelines(lookup)
	if err != nil {
		return err
	}
	for _, each := range pipelines {
		if _, err := load(each, lookup, log); err != nil {
			return fmt.Errorf("pipeline %s: %w", each.Text("pipeline.id"), err)
		}
	}
	return nil
}

func load(of *settings.Settings, lookup envsubst.Lookup, log *logging.Logger) (*prepared, error) {
	source, err := pipeline.ReadSource(of)
	if err != nil {
		return nil, err
	}
	return loadSource(source, lookup, log)
}

func loadSource(source pipeline.Source, lookup envsubst.Lookup, log *logging.Logger) (*prepared, error) {
	tree, err := pipeline.Compile(source, lookup)
	if err != nil {
		return nil, err
	}
	for _, warning := range append(slices.Clone(source.Settings.Deprecations), tree.Warnings...) {
		log.Named("org.logstash.deprecation").Warn(warning, nil)
	}
	return prepare(tree, log)
}

// Run starts all pipelines, follows their files when automatic reload is on, and ends with ctx. The exit code is 1 when no
// pipeline could be started and nothing would ever start one.
func (a *Agent) Run(ctx context.Context) int {
	defer a.shutdown()
	a.converge()
	automatic := a.settings.Bool("config.reload.automatic")
	if !automatic && !a.anyRunning() {
		return 1
	}
	interval := time.Second / 2
	if automatic {
		interval = a.settings.Duration("config.reload.interval")
	}
	for {
		select {
		case <-ctx.Done():
			a.log.Warn("SIGTERM received. Shutting down.", nil)
			return 0
		case <-time.After(interval):
		}
		if automatic {
			a.converge()
		} else if !a.anyRunning() {
			return 0
		}
	}
}

func (a *Agent) anyRunning() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, each := range a.pipelines {
		if each.running != nil && each.running.state() == Running {
			return true
		}
	}
	return false
}

// converge makes, reloads and stops pipelines.
func (a *Agent) converge() {
	wanted, err := a.settings.Pipelines(a.lookup)
	if err != nil {
		a.log.Error("An exception happened when converging configuration", logging.Fields{"message": err.Error()})
		return
	}
	seen := map[string]bool{}
	for _, each := range wanted {
		id := each.Text("pipeline.id")
		seen[id] = true
		a.convergeOne(id, each)
	}
	for _, id := range a.ids() {
		if !seen[id] {
			a.remove(id)
		}
	}
}

func (a *Agent) ids() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(maps.Keys(a.pipelines))
}

func (a *Agent) entryOf(id string) *entry {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.pipelines[id] == nil {
		a.pipelines[id] = &entry{}
	}
	return a.pipelines[id]
}

func (a *Agent) convergeOne(id string, of *settings.Settings) {
	each := a.entryOf(id)
	source, err := pipeline.ReadSource(of)
	if err != nil {
		a.fail(each, id, err, err.Error())
		return
	}
	current := each.running
	crashed := current != nil && current.crashed.Load()
	if current != nil && !crashed && source.Hash == each.source.Hash && of.Equal(each.source.Settings) {
		return
	}
	if current != nil && !crashed && !of.Bool("pipeline.reloadable") {
		a.fail(each, id, fmt.Errorf("Cannot reload pipeline, because the new pipeline is not reloadable"), source.Hash)
		return
	}
	made, err := loadSource(source, a.lookup, a.log)
	if err != nil {
		// The old pipeline, if there is one, goes on.
		a.fail(each, id, err, source.Hash)
		return
	}
	if current != nil {
		a.log.Info("Reloading pipeline", logging.Fields{"pipeline.id": id})
		current.stop(crashed)
	}
	started, err := start(made, a.log.Named("logstash.javapipeline"))
	a.mu.Lock()
	each.running, each.source = started, source
	if err == nil && current != nil {
		each.successes++
	}
	each.loadedAt = time.Now()
	each.failedHash = ""
	a.mu.Unlock()
	if err != nil {
		a.fail(each, id, err, source.Hash)
		return
	}
	a.log.Info("Pipelines running", logging.Fields{"running_pipelines": a.ids()})
}

func (a *Agent) fail(each *entry, id string, err error, hash string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	each.failures++
	each.lastError = a.log.Redact(err.Error())
	each.failedAt = time.Now()
	if each.failedHash == hash+err.Error() {
		return
	}
	each.failedHash = hash + err.Error()
	a.log.Error("Failed to execute action", logging.Fields{"id": id, "action_type": "LogStash::ConvergeResult::FailedAction", "message": err.Error(), "still_running": each.running != nil})
}

func (a *Agent) remove(id string) {
	a.mu.Lock()
	gone := a.pipelines[id]
	delete(a.pipelines, id)
	a.mu.Unlock()
	if gone.running != nil {
		gone.running.stop(gone.running.crashed.Load())
	}
}

func (a *Agent) shutdown() {
	stopping := sync.WaitGroup{}
	for _, id := range a.ids() {
		if current := a.entryOf(id).running; current != nil {
			stopping.Add(1)
			go func() {
				defer stopping.Done()
				current.stop(current.crashed.Load())
			}()
		}
	}
	stopping.Wait()
	// The lock ends with the process anyway.
	_ = a.lock.Close()
}
