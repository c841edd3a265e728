// Command reference says what Kubernetes itself thinks of pods: it runs the checks of
// k8s.io/pod-security-admission, the code that the API server enforces, beside the policy pack.
//
//	reference evaluate [-versions 1.0,1.34]   pods as JSON lines on stdin, one verdict a line on stdout
//	reference fixtures DIR                    every pod below DIR (the module's test/testdata) with its verdict
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"
)

// verdict holds, for each version, why baseline and restricted refuse the pod; an empty list means allowed.
type verdict map[string]levels

type levels struct {
	Baseline   []string `json:"baseline"`
	Restricted []string `json:"restricted"`
}

type fixture struct {
	File    string          `json:"file"`
	Level   string          `json:"level"`
	Version string          `json:"version"`
	Expect  string          `json:"expect"`
	Pod     json.RawMessage `json:"pod"`
	Verdict verdict         `json:"verdict"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("usage: reference evaluate [-versions LIST] | reference fixtures DIR")
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	switch args[0] {
	case "evaluate":
		flags := flag.NewFlagSet("evaluate", flag.ContinueOnError)
		versions := flags.String("versions", "1.34", "comma-separated policy versions")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return evaluateLines(evaluator, strings.Split(*versions, ","), encoder)
	case "fixtures":
		if len(args) != 2 {
			return fmt.Errorf("usage: reference fixtures DIR")
		}
		return walkFixtures(evaluator, args[1], encoder)
	}
	return fmt.Errorf("unknown command %q", args[0])
}

func evaluateLines(evaluator policy.Evaluator, versions []string, encoder *json.Encoder) error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 64<<20)
	for lines.Scan() {
		result, err := evaluate(evaluator, lines.Bytes(), versions)
		if err != nil {
			return err
		}
		if err := encoder.Encode(result); err != nil {
			return err
		}
	}
	return lines.Err()
}

// walkFixtures expects DIR/<level>/v<version>/{pass,fail}/<name>.yaml.
func walkFixtures(evaluator policy.Evaluator, root string, encoder *json.Encoder) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		parts := strings.Split(filepath.ToSlash(relative), "/")
		if len(parts) != 4 {
			return fmt.Errorf("unexpected place of a fixture: %s", relative)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		pod, err := yaml.YAMLToJSON(text)
		if err != nil {
			return err
		}
		version := strings.TrimPrefix(parts[1], "v")
		result, err := evaluate(evaluator, pod, []string{version})
		if err != nil {
			return fmt.Errorf("%s: %w", relative, err)
		}
		return encoder.Encode(fixture{File: strings.Join(parts, "/"), Level: parts[0], Version: version, Expect: parts[2], Pod: pod, Verdict: result})
	})
}

func evaluate(evaluator policy.Evaluator, text []byte, versions []string) (verdict, error) {
	var pod corev1.Pod
	if err := json.Unmarshal(text, &pod); err != nil {
		return nil, err
	}
	applyDefaults(&pod)
	result := verdict{}
	for _, name := range versions {
		version, err := api.ParseVersion("v" + name)
		if err != nil {
			return nil, fmt.Errorf("version %q: %w", name, err)
		}
		result[name] = levels{
			Baseline:   refusals(evaluator, api.LevelBaseline, version, &pod),
			Restricted: refusals(evaluator, api.LevelRestricted, version, &pod),
		}
	}
	return result, nil
}

func refusals(evaluator policy.Evaluator, level api.Level, version api.Version, pod *corev1.Pod) []string {
	reasons := []string{}
	for _, result := range evaluator.EvaluatePod(api.LevelVersion{Level: level, Version: version}, &pod.ObjectMeta, &pod.Spec) {
		if !result.Allowed {
			reasons = append(reasons, result.ForbiddenReason)
		}
	}
	return reasons
}

// applyDefaults does what the API server does to a pod before admission sees it, as far as a check can notice:
// a volume without any source becomes an emptyDir.
func applyDefaults(pod *corev1.Pod) {
	for i := range pod.Spec.Volumes {
		if pod.Spec.Volumes[i].VolumeSource == (corev1.VolumeSource{}) {
			pod.Spec.Volumes[i].VolumeSource = corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}
		}
	}
}
