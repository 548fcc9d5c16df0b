package containers

import (
	"context"
	"path/filepath"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// container is one container of a pod; its process exists from StartContainer on.
type container struct {
	id        string
	sandbox   *sandbox
	config    *cri.ContainerConfig
	image     image
	createdAt time.Time
	log       *containerLog
	process   *process
}

func (c *container) state() cri.ContainerState {
	switch {
	case c.process == nil:
		return cri.ContainerState_CONTAINER_CREATED
	case c.process.running():
		return cri.ContainerState_CONTAINER_RUNNING
	default:
		return cri.ContainerState_CONTAINER_EXITED
	}
}

// kill ends the process at once, if there is one.
func (c *container) kill() {
	if c.process != nil {
		c.process.kill()
	}
}

// CreateContainer prepares a container of an image that was pulled before.
func (r *Runtime) CreateContainer(
	_ context.Context, request *cri.CreateContainerRequest,
) (*cri.CreateContainerResponse, error) {
	image, exists := r.images.find(request.Config.Image.Image)
	if !exists {
		return nil, notFound("image", request.Config.Image.Image)
	}
	log, err := openLog(filepath.Join(request.SandboxConfig.LogDirectory, request.Config.LogPath))
	if err != nil {
		return nil, err
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	s, exists := r.sandboxes[request.PodSandboxId]
	if !exists {
		return nil, notFound("pod sandbox", request.PodSandboxId)
	}
	c := &container{id: newID(), sandbox: s, config: request.Config, image: image, createdAt: time.Now(), log: log}
	r.containers[c.id] = c
	return &cri.CreateContainerResponse{ContainerId: c.id}, nil
}

// StartContainer starts the process. An executable that doesn't exist is the caller's mistake and says so.
func (r *Runtime) StartContainer(_ context.Context, request *cri.StartContainerRequest) (*cri.StartContainerResponse, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	c, exists := r.containers[request.ContainerId]
	if !exists {
		return nil, notFound("container", request.ContainerId)
	}
	if c.process != nil {
		return nil, status.Errorf(codes.FailedPrecondition, "container %s was started before", c.id)
	}
	started, err := startProcess(c.commandLine(), c.environment(), c.config.WorkingDir, c.log)
	if err != nil {
		return nil, status.Errorf(codes.Unknown, "failed to start the process of the container: %v", err)
	}
	c.process = started
	return &cri.StartContainerResponse{}, nil
}

// StopContainer asks the process to end and kills it when the timeout (in seconds) has passed.
func (r *Runtime) StopContainer(ctx context.Context, request *cri.StopContainerRequest) (*cri.StopContainerResponse, error) {
	c, exists := r.container(request.ContainerId)
	if exists && c.process != nil {
		if err := c.process.stop(ctx, time.Duration(request.Timeout)*time.Second); err != nil {
			return nil, err
		}
	}
	return &cri.StopContainerResponse{}, nil
}

// RemoveContainer forgets a container; one that runs is killed.
func (r *Runtime) RemoveContainer(
	_ context.Context, request *cri.RemoveContainerRequest,
) (*cri.RemoveContainerResponse, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if c, exists := r.containers[request.ContainerId]; exists {
		c.kill()
		delete(r.containers, c.id)
	}
	return &cri.RemoveContainerResponse{}, nil
}

// ReopenContainerLog begins a new log file after a rotation.
func (r *Runtime) ReopenContainerLog(
	_ context.Context, request *cri.ReopenContainerLogRequest,
) (*cri.ReopenContainerLogResponse, error) {
	c, exists := r.container(request.ContainerId)
	if !exists {
		return nil, notFound("container", request.ContainerId)
	}
	return &cri.ReopenContainerLogResponse{}, c.log.reopen()
}

func (r *Runtime) container(id string) (*container, bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	c, exists := r.containers[id]
	return c, exists
}
