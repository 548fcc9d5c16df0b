package containers

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// process is a running or ended program, with everything that it started in its process group.
type process struct {
	command   *exec.Cmd
	startedAt time.Time
	done      chan struct{} // closed when it has ended; end is set before
	end       end
}

// end is how a process ended. Code is 128 plus the number of the signal if one killed it, as shells have it.
type end struct {
	at   time.Time
	code int32
}

func (e end) reason() string {
	if e.code == 0 {
		return "Completed"
	}
	return "Error"
}

func startProcess(commandLine, environment []string, directory string, log *containerLog) (*process, error) {
	if len(commandLine) == 0 {
		return nil, errors.New("the container has no command")
	}
	command := exec.Command(commandLine[0], commandLine[1:]...)
	command.Env = environment
	command.Dir = directory
	command.Stdout = log.stream("stdout")
	command.Stderr = log.stream("stderr")
	command.WaitDelay = time.Second // a grandchild may hold the streams open for longer than it matters
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		return nil, err
	}
	p := &process{command: command, startedAt: time.Now(), done: make(chan struct{})}
	go p.wait()
	return p, nil
}

func (p *process) wait() {
	_ = p.command.Wait() // the state below tells more than the error
	state := p.command.ProcessState
	code := state.ExitCode()
	if signals, ok := state.Sys().(syscall.WaitStatus); ok && signals.Signaled() {
		code = 128 + int(signals.Signal())
	}
	p.end = end{at: time.Now(), code: int32(code)}
	close(p.done)
}

func (p *process) ended() (end, bool) {
	select {
	case <-p.done:
		return p.end, true
	default:
		return end{}, false
	}
}

func (p *process) running() bool {
	_, ended := p.ended()
	return !ended
}

// stop sends SIGTERM and, when the grace period has passed, SIGKILL; it returns when the process has ended.
func (p *process) stop(ctx context.Context, grace time.Duration) error {
	if p.running() {
		_ = p.command.Process.Signal(syscall.SIGTERM) // it fails only if the process has just ended
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.done:
		return nil
	case <-timer.C:
	case <-ctx.Done():
		return fmt.Errorf("process %d was not stopped: %w", p.command.Process.Pid, context.Cause(ctx))
	}
	p.kill()
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("process %d does not end: %w", p.command.Process.Pid, context.Cause(ctx))
	}
}

// kill ends the whole process group at once.
func (p *process) kill() {
	if p.running() {
		_ = syscall.Kill(-p.command.Process.Pid, syscall.SIGKILL) // it fails only if the group has just ended
	}
}
