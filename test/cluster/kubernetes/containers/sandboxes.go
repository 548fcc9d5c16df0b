package containers

import (
	"context"
	"time"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// sandbox is one pod: an address and the containers that were created in it.
type sandbox struct {
	id        string
	config    *cri.PodSandboxConfig
	address   string // empty for a pod in the host's network
	createdAt time.Time
	ready     bool
}

func (s *sandbox) state() cri.PodSandboxState {
	if s.ready {
		return cri.PodSandboxState_SANDBOX_READY
	}
	return cri.PodSandboxState_SANDBOX_NOTREADY
}

// RunPodSandbox gives a pod its address.
func (r *Runtime) RunPodSandbox(_ context.Context, request *cri.RunPodSandboxRequest) (*cri.RunPodSandboxResponse, error) {
	s := &sandbox{id: newID(), config: request.Config, createdAt: time.Now(), ready: true}
	network := request.Config.GetLinux().GetSecurityContext().GetNamespaceOptions().GetNetwork()
	if network != cri.NamespaceMode_NODE {
		address, err := r.addresses.take()
		if err != nil {
			return nil, err
		}
		s.address = address
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.sandboxes[s.id] = s
	return &cri.RunPodSandboxResponse{PodSandboxId: s.id}, nil
}

// StopPodSandbox kills what still runs in a pod and takes its address away. It may be called again and again.
func (r *Runtime) StopPodSandbox(_ context.Context, request *cri.StopPodSandboxRequest) (*cri.StopPodSandboxResponse, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if s, exists := r.sandboxes[request.PodSandboxId]; exists && s.ready {
		for _, c := range r.containersOf(s) {
			c.kill()
		}
		r.addresses.release(s.address)
		s.ready = false
	}
	return &cri.StopPodSandboxResponse{}, nil
}

// RemovePodSandbox forgets a pod and its containers.
func (r *Runtime) RemovePodSandbox(
	ctx context.Context, request *cri.RemovePodSandboxRequest,
) (*cri.RemovePodSandboxResponse, error) {
	if _, err := r.StopPodSandbox(ctx, &cri.StopPodSandboxRequest{PodSandboxId: request.PodSandboxId}); err != nil {
		return nil, err
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if s, exists := r.sandboxes[request.PodSandboxId]; exists {
		for _, c := range r.containersOf(s) {
			delete(r.containers, c.id)
		}
		delete(r.sandboxes, s.id)
	}
	return &cri.RemovePodSandboxResponse{}, nil
}

// PodSandboxStatus answers the state and the address of one pod.
func (r *Runtime) PodSandboxStatus(
	_ context.Context, request *cri.PodSandboxStatusRequest,
) (*cri.PodSandboxStatusResponse, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	s, exists := r.sandboxes[request.PodSandboxId]
	if !exists {
		return nil, notFound("pod sandbox", request.PodSandboxId)
	}
	return &cri.PodSandboxStatusResponse{Status: &cri.PodSandboxStatus{
		Id:          s.id,
		Metadata:    s.config.Metadata,
		State:       s.state(),
		CreatedAt:   s.createdAt.UnixNano(),
		Network:     &cri.PodSandboxNetworkStatus{Ip: s.address},
		Linux:       &cri.LinuxPodSandboxStatus{Namespaces: &cri.Namespace{Options: &cri.NamespaceOption{}}},
		Labels:      s.config.Labels,
		Annotations: s.config.Annotations,
	}}, nil
}

// ListPodSandbox answers the pods that the filter asks for.
func (r *Runtime) ListPodSandbox(_ context.Context, request *cri.ListPodSandboxRequest) (*cri.ListPodSandboxResponse, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	filter, items := request.Filter, []*cri.PodSandbox{}
	for _, s := range r.sandboxes {
		if id := filter.GetId(); id != "" && id != s.id {
			continue
		}
		if state := filter.GetState(); state != nil && state.State != s.state() {
			continue
		}
		if !matches(s.config.Labels, filter.GetLabelSelector()) {
			continue
		}
		items = append(items, &cri.PodSandbox{
			Id:          s.id,
			Metadata:    s.config.Metadata,
			State:       s.state(),
			CreatedAt:   s.createdAt.UnixNano(),
			Labels:      s.config.Labels,
			Annotations: s.config.Annotations,
		})
	}
	return &cri.ListPodSandboxResponse{Items: items}, nil
}

// containersOf lists the containers of a pod; the caller holds the mutex.
func (r *Runtime) containersOf(s *sandbox) []*container {
	found := []*container{}
	for _, c := range r.containers {
		if c.sandbox == s {
			found = append(found, c)
		}
	}
	return found
}
