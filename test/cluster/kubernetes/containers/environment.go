package containers

import (
	"os"
	"strconv"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// commandLine joins what the image starts with what the pod asks for, as images have it: a command replaces the
// image's entry point, arguments follow it.
func (c *container) commandLine() []string {
	line := c.image.entrypoint
	if len(c.config.Command) > 0 {
		line = c.config.Command
	}
	return append(append([]string{}, line...), c.config.Args...)
}

// environment is what the container's process sees: the settings of the image, made from the pod, and on top of them
// the pod's own variables. HOST is the pod's address, for it is the only thing that tells pods apart here.
func (c *container) environment() []string {
	pod := c.sandbox.config
	variables := []string{
		"PATH=" + os.Getenv("PATH"),
		"HOSTNAME=" + pod.Hostname,
		"HOST=" + c.sandbox.address,
		"PORT=" + strconv.Itoa(int(firstPort(pod.PortMappings))),
		"IMAGE_TAG=" + c.image.tag(),
		"APP_NAME=" + pod.Labels["app"],
		"APP_SLOT=" + pod.Labels["slot"],
	}
	for _, variable := range c.config.Envs {
		variables = append(variables, variable.Key+"="+string(variable.Value))
	}
	return variables
}

// firstPort is the first TCP port that a container of the pod declares; 8080 if none does.
func firstPort(ports []*cri.PortMapping) int32 {
	for _, port := range ports {
		if port.Protocol == cri.Protocol_TCP {
			return port.ContainerPort
		}
	}
	return 8080
}
