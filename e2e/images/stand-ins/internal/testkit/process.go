// Child processes of tests, and waiting for what they do.
package testkit

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Build compiles one command of this module and gives the path of the binary. Call it from TestMain.
func Build(command string) (path string, cleanup func(), err error) {
	folder, err := os.MkdirTemp("", "stand-in-*")
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(folder, command)
	build := exec.Command("go", "build", "-o", path, "loggingstack.dev/stand-ins/cmd/"+command)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("go build %s: %w\n%s", command, err, out)
	}
	// What stays behind is in the temporary folder of the machine.
	return path, func() { _ = os.RemoveAll(folder) }, nil
}

// Process is a running child.
type Process struct {
	t      *testing.T
	cmd    *exec.Cmd
	mu     sync.Mutex
	out    bytes.Buffer
	exited chan struct{}
}

// Write collects what the child prints.
func (p *Process) Write(part []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(part)
}

// Output is what the child has printed so far.
func (p *Process) Output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// Start runs a binary with an environment of its own. The test's end kills it.
func Start(t *testing.T, binary string, environment []string, arguments ...string) *Process {
	t.Helper()
	made := &Process{t: t, cmd: exec.Command(binary, arguments...), exited: make(chan struct{})}
	made.cmd.Env = environment
	made.cmd.Stdout, made.cmd.Stderr = made, made
	if err := made.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		// The exit code is read from the process state.
		_ = made.cmd.Wait()
		close(made.exited)
	}()
	t.Cleanup(func() {
		made.Kill()
		if t.Failed() {
			t.Logf("output of %s:\n%s", filepath.Base(binary), made.Output())
		}
	})
	return made
}

// Kill ends the child as SIGKILL does, and waits for it.
func (p *Process) Kill() {
	// It may have ended by itself.
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// Terminate asks the child to end and gives its exit code.
func (p *Process) Terminate() int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatalf("the process has ended before: %v\n%s", err, p.Output())
	}
	return p.ExitCode()
}

// ExitCode waits for the child's own end.
func (p *Process) ExitCode() int {
	p.t.Helper()
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(180 * time.Second):
		p.t.Fatalf("the process does not end:\n%s", p.Output())
		return -1
	}
}

// Exited says whether the child has ended.
func (p *Process) Exited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// Eventually waits until the condition holds; the time only ends a test that fails.
func Eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(180 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// FreePort gives a loopback port that was free just now.
func FreePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port
}

// Fill replaces @NAME@ in a template.
func Fill(template string, values map[string]string) string {
	for name, value := range values {
		template = strings.ReplaceAll(template, "@"+name+"@", value)
	}
	return template
}

// WriteFile writes a file for a test and makes its folder.
func WriteFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
