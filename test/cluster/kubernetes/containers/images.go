package containers

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// TestServerRepository is the one image that can be pulled, in every tag that doesn't begin with "missing".
const TestServerRepository = "cutover.test/server"

// image is a pulled image. Its digest is made from its name, since there is no content to make it from.
type image struct {
	reference  string // as it was pulled: cutover.test/server:v2
	entrypoint []string
}

func (i image) id() string { return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(i.reference))) }

func (i image) digestReference() string { return TestServerRepository + "@" + i.id() }

// tag is what follows the repository, or a short form of the digest.
func (i image) tag() string {
	rest := strings.TrimPrefix(i.reference, TestServerRepository)
	if digest, ok := strings.CutPrefix(rest, "@sha256:"); ok {
		return digest[:min(12, len(digest))]
	}
	tag, _, _ := strings.Cut(strings.TrimPrefix(rest, ":"), "@")
	return tag
}

// images is the node's store of images, and the registry that it pulls them from.
type images struct {
	cri.UnimplementedImageServiceServer
	testServer string

	mutex  sync.Mutex
	pulled map[string]image // by reference
}

func newImages(testServer string) *images {
	return &images{testServer: testServer, pulled: map[string]image{}}
}

// find looks an image up by its reference, its digest reference or its id.
func (s *images) find(name string) (image, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if found, exists := s.pulled[name]; exists {
		return found, true
	}
	for _, candidate := range s.pulled {
		if name == candidate.id() || name == candidate.digestReference() {
			return candidate, true
		}
	}
	return image{}, false
}

// PullImage fetches an image, or fails with the words of containerd if no registry has it.
func (s *images) PullImage(_ context.Context, request *cri.PullImageRequest) (*cri.PullImageResponse, error) {
	pulled := image{reference: request.Image.Image, entrypoint: []string{s.testServer}}
	rest, ours := strings.CutPrefix(pulled.reference, TestServerRepository)
	separated := strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, "@")
	if !ours || !separated || strings.HasPrefix(pulled.tag(), "missing") {
		return nil, status.Errorf(codes.NotFound,
			"failed to pull and unpack image %[1]q: failed to resolve reference %[1]q: %[1]s: not found", pulled.reference)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.pulled[pulled.reference] = pulled
	return &cri.PullImageResponse{ImageRef: pulled.id()}, nil
}

// ImageStatus answers an image that was pulled before, or none.
func (s *images) ImageStatus(_ context.Context, request *cri.ImageStatusRequest) (*cri.ImageStatusResponse, error) {
	found, exists := s.find(request.Image.Image)
	if !exists {
		return &cri.ImageStatusResponse{}, nil
	}
	return &cri.ImageStatusResponse{Image: found.describe()}, nil
}

// ListImages answers everything that was pulled.
func (s *images) ListImages(context.Context, *cri.ListImagesRequest) (*cri.ListImagesResponse, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	list := []*cri.Image{}
	for _, i := range s.pulled {
		list = append(list, i.describe())
	}
	return &cri.ListImagesResponse{Images: list}, nil
}

// RemoveImage forgets an image.
func (s *images) RemoveImage(_ context.Context, request *cri.RemoveImageRequest) (*cri.RemoveImageResponse, error) {
	if found, exists := s.find(request.Image.Image); exists {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		delete(s.pulled, found.reference)
	}
	return &cri.RemoveImageResponse{}, nil
}

// ImageFsInfo answers that images take no room.
func (s *images) ImageFsInfo(context.Context, *cri.ImageFsInfoRequest) (*cri.ImageFsInfoResponse, error) {
	nothing := []*cri.FilesystemUsage{{
		FsId:       &cri.FilesystemIdentifier{Mountpoint: "/"},
		UsedBytes:  &cri.UInt64Value{},
		InodesUsed: &cri.UInt64Value{},
	}}
	return &cri.ImageFsInfoResponse{ImageFilesystems: nothing, ContainerFilesystems: nothing}, nil
}

func (i image) describe() *cri.Image {
	return &cri.Image{
		Id:          i.id(),
		RepoTags:    []string{i.reference},
		RepoDigests: []string{i.digestReference()},
		Size:        1,
		Spec:        &cri.ImageSpec{Image: i.reference},
	}
}
