package detect

import (
	"path"
	"regexp"
	"strings"
)

var targetFramework = regexp.MustCompile(`<TargetFrameworks?>\s*net(?:coreapp)?(\d+\.\d+)`)
var assemblyName = regexp.MustCompile(`<AssemblyName>\s*([\w.-]+)\s*<`)

// detectDotnet publishes the web project; of several projects the one with the web SDK is meant.
func detectDotnet(t tree, o Options) *Plan {
	projects := t.glob("*.csproj", "*.fsproj", "*/*.csproj", "*/*.fsproj", "src/*/*.csproj", "src/*/*.fsproj")
	if len(projects) == 0 {
		return nil
	}
	var web []string
	for _, file := range projects {
		if strings.Contains(t.text(file), "Microsoft.NET.Sdk.Web") {
			web = append(web, file)
		}
	}
	p := &Plan{Language: "dotnet", Why: projects[:1], Caches: []string{".nuget"}}
	chosen := ""
	switch {
	case len(web) == 1:
		chosen = web[0]
	case len(web) == 0 && len(projects) == 1:
		chosen = projects[0]
	default:
		for _, file := range web {
			if strings.EqualFold(projectName(file), o.Service) {
				chosen = file
			}
		}
	}
	if chosen == "" {
		p.Tools = []Tool{tool("dotnet", "")}
		p.need("the source has several .NET projects (%s): set source.directory, or build.command and run.command in syntra.yaml",
			strings.Join(projects, ", "))
		return p
	}
	p.Why = []string{chosen}
	text, name, version := t.text(chosen), projectName(chosen), ""
	if m := assemblyName.FindStringSubmatch(text); m != nil {
		name = m[1]
	}
	if m := targetFramework.FindStringSubmatch(text); m != nil {
		version = m[1]
	}
	if len(web) > 0 {
		p.Framework = "ASP.NET Core"
	}
	p.Tools = []Tool{{Name: "dotnet", Version: version, Install: "apt-get install -y dotnet-sdk-" + orName(version, "8.0")}}
	p.Build = []string{"dotnet publish " + Quote(chosen) + " -c Release -o out"}
	p.Start = `ASPNETCORE_URLS="http://${HOST:-0.0.0.0}:$PORT" exec dotnet out/` + Quote(name+".dll")
	p.Image = Image{
		Build: "mcr.microsoft.com/dotnet/sdk:" + orName(version, "8.0"),
		Run:   "mcr.microsoft.com/dotnet/aspnet:" + orName(version, "8.0"),
		Keep:  []string{"out"},
	}
	return p
}

func projectName(file string) string { return strings.TrimSuffix(path.Base(file), path.Ext(file)) }
