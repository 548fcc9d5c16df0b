package node

import (
	"crypto/tls"
	"net"
	"time"

	cadvisorapi "github.com/google/cadvisor/info/v1"
	cadvisorapiv2 "github.com/google/cadvisor/info/v2"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/cert"
	"k8s.io/kubernetes/pkg/kubelet"
	cadvisortest "k8s.io/kubernetes/pkg/kubelet/cadvisor/testing"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	"k8s.io/kubernetes/pkg/kubelet/container"
	kubeletutil "k8s.io/kubernetes/pkg/kubelet/util"
	"k8s.io/kubernetes/pkg/util/oom"
	"k8s.io/kubernetes/pkg/volume"
	"k8s.io/kubernetes/pkg/volume/configmap"
	"k8s.io/kubernetes/pkg/volume/downwardapi"
	"k8s.io/kubernetes/pkg/volume/emptydir"
	"k8s.io/kubernetes/pkg/volume/hostpath"
	"k8s.io/kubernetes/pkg/volume/projected"
	"k8s.io/kubernetes/pkg/volume/secret"
	"k8s.io/kubernetes/pkg/volume/util/hostutil"
	"k8s.io/kubernetes/pkg/volume/util/subpath"
	"k8s.io/mount-utils"
)

const (
	nodeCores  = 8
	nodeMemory = 16 << 30 // bytes; what the scheduler may hand out, nothing is reserved or enforced
)

// hollowDependencies are the kubelet's surroundings: a real client, and the stand-ins that Kubernetes' own scale
// tests ("kubemark") use for cgroups, mounts and machine statistics.
func (s *settings) hollowDependencies() (*kubelet.Dependencies, error) {
	config, err := clientcmd.BuildConfigFromFlags("", s.kubeconfig)
	if err != nil {
		return nil, err
	}
	config.UserAgent = "kubelet"
	config.QPS, config.Burst = 100, 200
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	certificate, err := selfSigned(s.name, s.address)
	if err != nil {
		return nil, err
	}
	return &kubelet.Dependencies{
		KubeClient:                client,
		HeartbeatClient:           client,
		EventClient:               client.CoreV1(),
		TLSConfig:                 &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}},
		CAdvisorInterface:         &machine{Fake: cadvisortest.Fake{NodeName: s.name}},
		ContainerManager:          cm.NewStubContainerManager(),
		OSInterface:               directoryOS{},
		OOMAdjuster:               oom.NewFakeOOMAdjuster(),
		Mounter:                   mount.NewFakeMounter(nil),
		Subpather:                 &subpath.FakeSubpath{},
		HostUtil:                  hostutil.NewFakeHostUtil(nil),
		VolumePlugins:             volumePlugins(),
		PodStartupLatencyTracker:  kubeletutil.NewPodStartupLatencyTracker(),
		NodeStartupLatencyTracker: kubeletutil.NewNodeStartupLatencyTracker(),
	}, nil
}

// selfSigned makes the certificate of the kubelet's own server; kube-apiserver doesn't verify it.
func selfSigned(name, address string) (tls.Certificate, error) {
	certificate, key, err := cert.GenerateSelfSignedCertKey(name, []net.IP{net.ParseIP(address)}, nil)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(certificate, key)
}

func volumePlugins() []volume.VolumePlugin {
	plugins := []volume.VolumePlugin{}
	plugins = append(plugins, emptydir.ProbeVolumePlugins()...)
	plugins = append(plugins, configmap.ProbeVolumePlugins()...)
	plugins = append(plugins, secret.ProbeVolumePlugins()...)
	plugins = append(plugins, projected.ProbeVolumePlugins()...)
	plugins = append(plugins, downwardapi.ProbeVolumePlugins()...)
	plugins = append(plugins, hostpath.ProbeVolumePlugins(volume.VolumeConfig{})...)
	return plugins
}

// machine is the size of the node as the scheduler sees it; nothing on it is measured.
type machine struct{ cadvisortest.Fake }

func (m *machine) MachineInfo() (*cadvisorapi.MachineInfo, error) {
	info, err := m.Fake.MachineInfo()
	if err != nil {
		return nil, err
	}
	info.NumCores = nodeCores
	info.MemoryCapacity = nodeMemory
	return info, nil
}

// ContainerInfoV2 answers that every control group uses nothing, which ends the questions about it.
func (m *machine) ContainerInfoV2(
	name string, _ cadvisorapiv2.RequestOptions,
) (map[string]cadvisorapiv2.ContainerInfo, error) {
	nothing := []*cadvisorapiv2.ContainerStats{{Timestamp: time.Now()}}
	return map[string]cadvisorapiv2.ContainerInfo{name: {Stats: nothing}}, nil
}

// directoryOS is the operating system, except that no link is made in the machine's /var/log/containers.
type directoryOS struct{ container.RealOS }

func (directoryOS) Symlink(string, string) error { return nil }
