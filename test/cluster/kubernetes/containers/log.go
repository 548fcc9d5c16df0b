package containers

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// containerLog is the file from which the kubelet answers log requests: one line each, with time and stream
// (https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md).
type containerLog struct {
	path string

	mutex sync.Mutex
	file  *os.File
}

func openLog(path string) (*containerLog, error) {
	log := &containerLog{path: path}
	return log, log.reopen()
}

// reopen goes on in a new file of the same name.
func (l *containerLog) reopen() error {
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("the log of a container can't be written: %w", err)
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.file != nil {
		_ = l.file.Close() // the old file was rotated away
	}
	l.file = file
	return nil
}

// stream returns where a process writes one of its outputs to ("stdout" or "stderr").
func (l *containerLog) stream(name string) io.Writer { return &logStream{log: l, name: name} }

type logStream struct {
	log  *containerLog
	name string
	rest []byte // a line that has not ended yet
}

func (s *logStream) Write(data []byte) (int, error) {
	s.rest = append(s.rest, data...)
	for {
		line, rest, complete := bytes.Cut(s.rest, []byte("\n"))
		if !complete {
			return len(data), nil
		}
		s.rest = rest
		if err := s.log.write(s.name, line); err != nil {
			return 0, err
		}
	}
}

func (l *containerLog) write(stream string, line []byte) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	_, err := fmt.Fprintf(l.file, "%s %s F %s\n", time.Now().UTC().Format(time.RFC3339Nano), stream, line)
	return err
}
