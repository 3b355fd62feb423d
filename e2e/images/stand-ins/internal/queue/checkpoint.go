// The checkpoint of a persisted queue: up to which record everything is acknowledged.
package queue

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

type checkpoint struct {
	Acked int64 `json:"acked"`
}

func (p *persisted) openCheckpoint() error {
	p.acked = p.segments[0].base
	content, err := os.ReadFile(p.checkpointPath())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("queue: cannot read the checkpoint: %w", err)
	}
	read := checkpoint{}
	// A torn checkpoint means that events are sent again; none is lost.
	if json.Unmarshal(content, &read) == nil && read.Acked > p.acked {
		p.acked = min(read.Acked, p.segments[len(p.segments)-1].end())
	}
	return nil
}

func (p *persisted) checkpointPath() string { return filepath.Join(p.folder, "checkpoint") }

// saveCheckpoint replaces the file in one step. It need not be on disk at once: an old one only means duplicates.
func (p *persisted) saveCheckpoint(force bool) error {
	content, err := json.Marshal(checkpoint{Acked: p.acked})
	if err != nil {
		return err
	}
	temporary := p.checkpointPath() + ".new"
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("queue: cannot write the checkpoint: %w", err)
	}
	_, err = file.Write(content)
	if force {
		err = errors.Join(err, file.Sync())
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("queue: cannot write the checkpoint: %w", err)
	}
	return os.Rename(temporary, p.checkpointPath())
}
