package containers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"strconv"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-streaming/pkg/streaming"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

// serveStreams begins to answer exec and port-forward on a loopback port; the kubelet relays to it.
func (r *Runtime) serveStreams() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("the container runtime can't listen for streams: %w", err)
	}
	config := streaming.DefaultConfig
	config.Addr = listener.Addr().String()
	config.BaseURL = &url.URL{Scheme: "http", Host: config.Addr}
	streams, err := streaming.NewServer(config, r.runner())
	if err != nil {
		return err
	}
	r.streams = streams
	go func() { _ = http.Serve(listener, streams) }() // it ends with the process
	return nil
}

// Exec answers the address of a stream that runs a command.
func (r *Runtime) Exec(_ context.Context, request *cri.ExecRequest) (*cri.ExecResponse, error) {
	return r.streams.GetExec(request)
}

// PortForward answers the address of a stream to a port of a pod.
func (r *Runtime) PortForward(_ context.Context, request *cri.PortForwardRequest) (*cri.PortForwardResponse, error) {
	return r.streams.GetPortForward(request)
}

// ExecSync runs a command, as exec probes and hooks do, for at most request.Timeout seconds (0: as long as it takes).
func (r *Runtime) ExecSync(ctx context.Context, request *cri.ExecSyncRequest) (*cri.ExecSyncResponse, error) {
	if request.Timeout > 0 {
		limited, cancel := context.WithTimeout(ctx, time.Duration(request.Timeout)*time.Second)
		defer cancel()
		ctx = limited
	}
	var output, errorOutput bytes.Buffer
	err := r.execute(ctx, request.ContainerId, request.Cmd, nil, &output, &errorOutput)
	if ctx.Err() != nil {
		return nil, status.Errorf(codes.DeadlineExceeded, "the command %q took more than %d s", request.Cmd, request.Timeout)
	}
	answer := &cri.ExecSyncResponse{Stdout: output.Bytes(), Stderr: errorOutput.Bytes()}
	var exit utilexec.CodeExitError
	if errors.As(err, &exit) {
		answer.ExitCode = int32(exit.Code)
		return answer, nil
	}
	return answer, err
}

// execute runs a command with the environment of a container, which must run.
func (r *Runtime) execute(ctx context.Context, id string, line []string, in io.Reader, out, errOut io.Writer) error {
	c, exists := r.container(id)
	if !exists || c.process == nil || !c.process.running() {
		return notFound("running container", id)
	}
	command := exec.CommandContext(ctx, line[0], line[1:]...)
	command.Env = c.environment()
	command.Dir = c.config.WorkingDir
	command.Stdin, command.Stdout, command.Stderr = in, out, errOut
	command.WaitDelay = time.Second
	err := command.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return utilexec.CodeExitError{Err: err, Code: exit.ExitCode()}
	}
	return err
}

// runner is the Runtime as the streaming server wants to see it.
type runner struct{ runtime *Runtime }

func (r *Runtime) runner() streaming.Runtime { return runner{r} }

func (r runner) Exec(
	ctx context.Context, id string, line []string, in io.Reader, out, errOut io.WriteCloser, _ bool,
	_ <-chan remotecommand.TerminalSize,
) error {
	return r.runtime.execute(ctx, id, line, in, out, errOut)
}

func (r runner) Attach(
	context.Context, string, io.Reader, io.WriteCloser, io.WriteCloser, bool, <-chan remotecommand.TerminalSize,
) error {
	return errors.New("attaching to a running container is not supported; exec and logs are")
}

// PortForward copies between the stream and a port of the pod until one side ends.
func (r runner) PortForward(ctx context.Context, id string, port int32, stream io.ReadWriteCloser) error {
	r.runtime.mutex.Lock()
	s, exists := r.runtime.sandboxes[id]
	r.runtime.mutex.Unlock()
	if !exists {
		return notFound("pod sandbox", id)
	}
	dialer := net.Dialer{Timeout: 5 * time.Second}
	connection, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(s.address, strconv.Itoa(int(port))))
	if err != nil {
		return fmt.Errorf("port %d of the pod can't be reached: %w", port, err)
	}
	defer connection.Close()
	go func() {
		defer connection.Close()
		_, _ = io.Copy(connection, stream) // either side may end first
	}()
	_, _ = io.Copy(stream, connection)
	return nil
}
