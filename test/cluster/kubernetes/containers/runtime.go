// Package containers is a container runtime (CRI) whose containers are plain processes. Every pod gets an address of
// its own on the loopback interface of the network namespace that the runtime lives in, so that kube-proxy's rules
// and everybody else can reach it; nothing else is isolated.
package containers

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-streaming/pkg/streaming"
)

// Runtime keeps the pods and containers of one node. It answers the kubelet's calls over a socket.
type Runtime struct {
	cri.UnimplementedRuntimeServiceServer

	addresses *addresses
	images    *images
	server    *grpc.Server
	streams   streaming.Server

	mutex      sync.Mutex
	sandboxes  map[string]*sandbox
	containers map[string]*container
}

// NewRuntime returns a runtime that takes pod addresses from network (CIDR) and runs the executable testServer as the
// image TestServerRepository.
func NewRuntime(testServer, network string) (*Runtime, error) {
	addresses, err := newAddresses(network)
	if err != nil {
		return nil, err
	}
	return &Runtime{
		addresses:  addresses,
		images:     newImages(testServer),
		sandboxes:  map[string]*sandbox{},
		containers: map[string]*container{},
	}, nil
}

// Serve begins to answer on the Unix socket and returns; Stop ends it.
func (r *Runtime) Serve(socket string) error {
	if err := r.serveStreams(); err != nil {
		return err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return fmt.Errorf("the container runtime can't listen on %s: %w", socket, err)
	}
	r.server = grpc.NewServer()
	cri.RegisterRuntimeServiceServer(r.server, r)
	cri.RegisterImageServiceServer(r.server, r.images)
	go func() {
		if err := r.server.Serve(listener); err != nil {
			panic(fmt.Errorf("the container runtime stopped: %w", err)) // a node without its runtime is of no use
		}
	}()
	return nil
}

// Stop kills every container and gives the addresses back.
func (r *Runtime) Stop() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, c := range r.containers {
		c.kill()
	}
	for _, s := range r.sandboxes {
		r.addresses.release(s.address)
	}
	r.server.Stop()
}

// Version answers which runtime this is.
func (r *Runtime) Version(context.Context, *cri.VersionRequest) (*cri.VersionResponse, error) {
	return &cri.VersionResponse{
		Version: "0.1.0", RuntimeName: "processes", RuntimeVersion: "1.0.0", RuntimeApiVersion: "v1",
	}, nil
}

// Status says that runtime and network are ready: there is nothing that could be otherwise.
func (r *Runtime) Status(context.Context, *cri.StatusRequest) (*cri.StatusResponse, error) {
	conditions := []*cri.RuntimeCondition{
		{Type: cri.RuntimeReady, Status: true},
		{Type: cri.NetworkReady, Status: true},
	}
	return &cri.StatusResponse{Status: &cri.RuntimeStatus{Conditions: conditions}}, nil
}

// UpdateRuntimeConfig accepts the node's pod network; the runtime was told its own at the start.
func (r *Runtime) UpdateRuntimeConfig(
	context.Context, *cri.UpdateRuntimeConfigRequest,
) (*cri.UpdateRuntimeConfigResponse, error) {
	return &cri.UpdateRuntimeConfigResponse{}, nil
}

// newID returns a name that no other pod or container has.
func newID() string {
	id := make([]byte, 32)
	rand.Read(id) //nolint:errcheck // it never fails: crypto/rand ends the program instead
	return hex.EncodeToString(id)
}

func notFound(kind, id string) error {
	return status.Errorf(codes.NotFound, "there is no %s %q", kind, id)
}

// matches says whether labels carry everything that the selector asks for.
func matches(labels, selector map[string]string) bool {
	for key, value := range selector {
		if labels[key] != value {
			return false
		}
	}
	return true
}
