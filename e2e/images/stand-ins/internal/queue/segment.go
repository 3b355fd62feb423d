// A segment is one append-only file of records: length, checksum, payload. Its name holds the number of its first record.
package queue

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
)

const recordHeader = 8

// maxRecord guards against reading a torn length as a huge one.
const maxRecord = 1 << 30

var checksums = crc32.MakeTable(crc32.Castagnoli)

type segment struct {
	path  string
	base  int64
	count int64
	size  int64
	file  *os.File
}

func segmentPath(folder string, base int64) string {
	return filepath.Join(folder, fmt.Sprintf("segment.%020d", base))
}

func createSegment(folder string, base int64) (*segment, error) {
	path := segmentPath(folder, base)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("queue: cannot create %s: %w", path, err)
	}
	if err := syncFolder(folder); err != nil {
		return nil, err
	}
	return &segment{path: path, base: base, file: file}, nil
}

// openSegment counts the records of a file. Only the last segment may end in a torn record, which is cut off.
func openSegment(path string, base int64, last bool) (*segment, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("queue: cannot open %s: %w", path, err)
	}
	opened := &segment{path: path, base: base, file: file}
	reader := bufio.NewReaderSize(file, 1<<20)
	for {
		payload, err := readRecord(reader)
		if errors.Is(err, io.EOF) {
			return opened, nil
		}
		if err != nil && !last {
			return nil, fmt.Errorf("queue: %s is damaged at byte %d: %w", path, opened.size, err)
		}
		if err != nil {
			if err := file.Truncate(opened.size); err != nil {
				return nil, fmt.Errorf("queue: cannot cut the torn end off %s: %w", path, err)
			}
			return opened, file.Sync()
		}
		opened.size += recordHeader + int64(len(payload))
		opened.count++
	}
}

// readRecord gives io.EOF at a clean end and any other error at a torn or damaged record.
func readRecord(reader io.Reader) ([]byte, error) {
	header := [recordHeader]byte{}
	if _, err := io.ReadFull(reader, header[:]); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(header[:4])
	if length > maxRecord {
		return nil, fmt.Errorf("a record of %d bytes cannot be", length)
	}
	payload := make([]byte, length)
	if _, err := io.ReadFull(reader, payload); err != nil {
		return nil, fmt.Errorf("torn record: %w", io.ErrUnexpectedEOF)
	}
	if crc32.Checksum(payload, checksums) != binary.BigEndian.Uint32(header[4:]) {
		return nil, errors.New("checksum differs")
	}
	return payload, nil
}

// append writes the records and forces them to disk. After a failure the file is as it was before.
func (s *segment) append(payloads [][]byte) error {
	buffer := make([]byte, 0, encodedSize(payloads))
	for _, payload := range payloads {
		buffer = binary.BigEndian.AppendUint32(buffer, uint32(len(payload)))
		buffer = binary.BigEndian.AppendUint32(buffer, crc32.Checksum(payload, checksums))
		buffer = append(buffer, payload...)
	}
	_, err := s.file.WriteAt(buffer, s.size)
	if err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("queue: cannot write to %s: %w", s.path, err), s.file.Truncate(s.size))
	}
	s.size += int64(len(buffer))
	s.count += int64(len(payloads))
	return nil
}

func encodedSize(payloads [][]byte) int64 {
	size := int64(0)
	for _, payload := range payloads {
		size += recordHeader + int64(len(payload))
	}
	return size
}

// readAt gives the record at an offset and the offset of the next one.
func (s *segment) readAt(offset int64) ([]byte, int64, error) {
	payload, err := readRecord(io.NewSectionReader(s.file, offset, s.size-offset))
	if err != nil {
		return nil, 0, fmt.Errorf("queue: cannot read %s at byte %d: %w", s.path, offset, err)
	}
	return payload, offset + recordHeader + int64(len(payload)), nil
}

func (s *segment) end() int64 { return s.base + s.count }

func (s *segment) remove() error {
	return errors.Join(s.file.Close(), os.Remove(s.path))
}

func syncFolder(folder string) error {
	opened, err := os.Open(folder)
	if err != nil {
		return fmt.Errorf("queue: cannot open %s: %w", folder, err)
	}
	return errors.Join(opened.Sync(), opened.Close())
}
