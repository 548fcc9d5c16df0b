// Package node is the kubelet of Kubernetes itself, told to run pods as processes: probes, statuses, back-off,
// restarts, hooks and graceful termination are the real ones. Only what needs a kernel of its own is left out
// (cgroups, mounts, machine statistics).
package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel/trace/noop"
	cri "k8s.io/cri-client/pkg"
	kubeletapp "k8s.io/kubernetes/cmd/kubelet/app"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	"k8s.io/kubernetes/pkg/kubelet"

	"cutover.test/kubernetes/containers"
)

const (
	runtimeTimeout = 15 * time.Second
	clusterDNS     = "10.96.0.10" // nothing answers there; without it every pod gets a warning event
)

// settings are the flags of the node.
type settings struct {
	kubeconfig string
	name       string
	address    string
	directory  string
	podNetwork string
	testServer string
}

// NewCommand returns the command "node": one node, which runs until it is interrupted.
func NewCommand() *cobra.Command {
	s := settings{}
	command := &cobra.Command{
		Use:          "node",
		Short:        "a kubelet that runs pods as processes",
		SilenceUsage: true,
		Args:         cobra.NoArgs,
		RunE:         func(command *cobra.Command, _ []string) error { return s.run(command.Context()) },
	}
	flags := command.Flags()
	flags.StringVar(&s.kubeconfig, "kubeconfig", "", "file that names the API server and the node's credentials")
	flags.StringVar(&s.name, "name", "node-1", "name of the node")
	flags.StringVar(&s.address, "address", "10.0.0.1", "address of the node; an interface must have it already")
	flags.StringVar(&s.directory, "directory", "", "directory for everything that the node writes")
	flags.StringVar(&s.podNetwork, "pod-network", "10.244.0.0/16", "network that pod addresses are taken from")
	flags.StringVar(&s.testServer, "test-server", "", "executable of the image "+containers.TestServerRepository)
	for _, name := range []string{"kubeconfig", "directory", "test-server"} {
		if err := command.MarkFlagRequired(name); err != nil {
			panic(err) // only when the flag isn't declared above
		}
	}
	return command
}

func (s *settings) run(ctx context.Context) error {
	socket := filepath.Join(s.directory, "containers.sock")
	runtime, err := containers.NewRuntime(s.testServer, s.podNetwork)
	if err != nil {
		return err
	}
	if err := runtime.Serve(socket); err != nil {
		return err
	}
	defer runtime.Stop()

	dependencies, err := s.dependencies(ctx, "unix://"+socket)
	if err != nil {
		return err
	}
	server, err := s.kubeletServer()
	if err != nil {
		return err
	}
	if err := kubeletapp.RunKubelet(ctx, server, dependencies); err != nil {
		return fmt.Errorf("the kubelet of node %s did not start: %w", s.name, err)
	}
	<-ctx.Done()
	return nil
}

// kubeletServer returns the kubelet's flags and configuration: its defaults, without cgroups, eviction and image
// collection, and with every path below the node's directory.
func (s *settings) kubeletServer() (*options.KubeletServer, error) {
	server, err := options.NewKubeletServer()
	if err != nil {
		return nil, err
	}
	for _, directory := range []string{"pods", "logs", "static", "log-links"} {
		if err := os.MkdirAll(filepath.Join(s.directory, directory), 0o755); err != nil {
			return nil, err
		}
	}
	kubelet.ContainerLogsDir = filepath.Join(s.directory, "log-links")

	server.RootDirectory = filepath.Join(s.directory, "pods")
	server.HostnameOverride = s.name
	server.NodeIP = s.address

	server.Address = s.address
	server.ReadOnlyPort = 0
	server.HealthzPort = 0
	server.PodLogsDir = filepath.Join(s.directory, "logs")
	server.StaticPodPath = filepath.Join(s.directory, "static")
	server.ResolverConfig = ""
	server.ClusterDNS = []string{clusterDNS}
	server.ClusterDomain = "cluster.local"
	server.CgroupsPerQOS = false
	server.EnforceNodeAllocatable = nil
	server.EnableControllerAttachDetach = false
	server.MakeIPTablesUtilChains = false
	server.EvictionHard = map[string]string{}
	server.ImageGCHighThresholdPercent = 100
	server.MaxPods = 200
	server.MaxOpenFiles = 4096
	server.FailCgroupV1 = false
	return server, nil
}

func (s *settings) dependencies(ctx context.Context, endpoint string) (*kubelet.Dependencies, error) {
	tracing := noop.NewTracerProvider()
	runtimeService, err := cri.NewRemoteRuntimeService(ctx, endpoint, runtimeTimeout, tracing, false)
	if err != nil {
		return nil, err
	}
	imageService, err := cri.NewRemoteImageService(ctx, endpoint, runtimeTimeout, tracing, false)
	if err != nil {
		return nil, err
	}
	dependencies, err := s.hollowDependencies()
	if err != nil {
		return nil, err
	}
	dependencies.RemoteRuntimeService = runtimeService
	dependencies.RemoteImageService = imageService
	dependencies.TracerProvider = tracing
	return dependencies, nil
}
