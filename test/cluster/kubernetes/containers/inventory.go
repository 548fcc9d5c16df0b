package containers

import (
	"context"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// ListContainers answers the containers that the filter asks for.
func (r *Runtime) ListContainers(_ context.Context, request *cri.ListContainersRequest) (*cri.ListContainersResponse, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	filter, found := request.Filter, []*cri.Container{}
	for _, c := range r.containers {
		if id := filter.GetId(); id != "" && id != c.id {
			continue
		}
		if state := filter.GetState(); state != nil && state.State != c.state() {
			continue
		}
		if pod := filter.GetPodSandboxId(); pod != "" && pod != c.sandbox.id {
			continue
		}
		if !matches(c.config.Labels, filter.GetLabelSelector()) {
			continue
		}
		found = append(found, &cri.Container{
			Id:           c.id,
			PodSandboxId: c.sandbox.id,
			Metadata:     c.config.Metadata,
			Image:        c.config.Image,
			ImageRef:     c.image.digestReference(),
			ImageId:      c.image.id(),
			State:        c.state(),
			CreatedAt:    c.createdAt.UnixNano(),
			Labels:       c.config.Labels,
			Annotations:  c.config.Annotations,
		})
	}
	return &cri.ListContainersResponse{Containers: found}, nil
}

// ContainerStatus answers the state of one container, and how it ended if it did.
func (r *Runtime) ContainerStatus(
	_ context.Context, request *cri.ContainerStatusRequest,
) (*cri.ContainerStatusResponse, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	c, exists := r.containers[request.ContainerId]
	if !exists {
		return nil, notFound("container", request.ContainerId)
	}
	answer := &cri.ContainerStatus{
		Id:          c.id,
		Metadata:    c.config.Metadata,
		State:       c.state(),
		CreatedAt:   c.createdAt.UnixNano(),
		Image:       &cri.ImageSpec{Image: c.image.reference},
		ImageRef:    c.image.digestReference(),
		ImageId:     c.image.id(),
		Labels:      c.config.Labels,
		Annotations: c.config.Annotations,
		Mounts:      c.config.Mounts,
		LogPath:     c.log.path,
	}
	if c.process != nil {
		answer.StartedAt = c.process.startedAt.UnixNano()
		if end, ended := c.process.ended(); ended {
			answer.FinishedAt = end.at.UnixNano()
			answer.ExitCode = end.code
			answer.Reason = end.reason()
		}
	}
	return &cri.ContainerStatusResponse{Status: answer}, nil
}

// ListContainerStats answers nothing: processes are not measured.
func (r *Runtime) ListContainerStats(
	context.Context, *cri.ListContainerStatsRequest,
) (*cri.ListContainerStatsResponse, error) {
	return &cri.ListContainerStatsResponse{}, nil
}

// ListPodSandboxStats answers nothing: processes are not measured.
func (r *Runtime) ListPodSandboxStats(
	context.Context, *cri.ListPodSandboxStatsRequest,
) (*cri.ListPodSandboxStatsResponse, error) {
	return &cri.ListPodSandboxStatsResponse{}, nil
}
