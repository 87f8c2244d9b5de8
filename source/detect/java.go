package detect

import (
	"regexp"
	"strings"
)

// detectJava builds with Maven or Gradle, with the wrapper where the source has one.
func detectJava(t tree, o Options) *Plan {
	if p := detectMaven(t); p != nil {
		return p
	}
	return detectGradle(t, o)
}

var javaRelease = regexp.MustCompile(`<(?:java\.version|maven\.compiler\.(?:release|source|target))>\s*(?:1\.)?(\d+)|` +
	`(?:JavaLanguageVersion\.of\(|sourceCompatibility\s*=\s*["']?(?:JavaVersion\.VERSION_)?)(\d+)`)

func javaVersion(text string) string {
	if m := javaRelease.FindStringSubmatch(text); m != nil {
		return m[1] + m[2]
	}
	return ""
}

func detectMaven(t tree) *Plan {
	if !t.has("pom.xml") {
		return nil
	}
	pom := t.text("pom.xml")
	p := javaPlan(t, pom, "maven:3-eclipse-temurin-")
	p.Why, p.Caches = t.those("pom.xml", "mvnw"), []string{".m2"}
	p.Image.Keep = []string{"target"}
	command := "mvn"
	if t.has("mvnw") {
		command = "sh ./mvnw"
	} else {
		p.Tools = append(p.Tools, tool("mvn", ""))
	}
	p.Build = []string{command + " -B -q -DskipTests package"}
	if strings.Contains(pom, "quarkus-maven-plugin") {
		p.quarkus("target")
		return p
	}
	p.Start = runJar(p.Framework, "target/*.jar")
	if p.Framework == "" && !strings.Contains(pom, "<mainClass>") && !strings.Contains(pom, "shade") {
		p.need("pom.xml makes a jar that cannot be started: name <mainClass> in the maven-jar-plugin or the maven-shade-plugin, " +
			"or set run.command in syntra.yaml")
	}
	return p
}

func detectGradle(t tree, _ Options) *Plan {
	file := t.first("build.gradle", "build.gradle.kts")
	if file == "" {
		return nil
	}
	text := t.text(file)
	p := javaPlan(t, text, "gradle:8-jdk")
	p.Why, p.Caches = t.those(file, "gradlew"), []string{".gradle"}
	p.Image.Keep = []string{"build"}
	command := "gradle"
	if t.has("gradlew") && t.has("gradle/wrapper/gradle-wrapper.jar") {
		command = "sh ./gradlew"
	} else {
		p.Tools = append(p.Tools, tool("gradle", ""))
	}
	switch {
	case strings.Contains(text, "io.quarkus"):
		p.Build = []string{command + " --no-daemon build -x test"}
		p.quarkus("build")
	case p.Framework == "Spring Boot":
		p.Build = []string{command + " --no-daemon bootJar"}
		p.Start = runJar(p.Framework, "build/libs/*.jar")
	case hasPlugin(text, "application"):
		p.Build = []string{command + " --no-daemon installDist"}
		p.Start = `for start in build/install/*/bin/*; do case "$start" in *.bat) ;; *) exec "$start" ;; esac; done`
	default:
		p.Build = []string{command + " --no-daemon build -x test"}
		p.Start = runJar("", "build/libs/*.jar")
		if !strings.Contains(text, "Main-Class") {
			p.need("%s makes a jar that cannot be started: use the application plugin, or set run.command in syntra.yaml", file)
		}
	}
	return p
}

func hasPlugin(text, name string) bool {
	return regexp.MustCompile(`(?m)id\s*\(?["']` + name + `["']|^\s*` + name + `\s*$`).MatchString(text)
}

func javaPlan(t tree, text, image string) *Plan {
	version := javaVersion(text)
	tag := orName(version, "21")
	p := &Plan{
		Language: "java",
		Tools:    []Tool{tool("java", version)},
		Image:    Image{Build: image + tag, Run: "eclipse-temurin:" + tag + "-jre"},
	}
	if strings.Contains(text, "spring-boot") || strings.Contains(text, "org.springframework.boot") {
		p.Framework = "Spring Boot"
		if strings.Contains(text, "actuator") {
			p.Health = "/actuator/health"
		}
	}
	if p.Framework == "" {
		for _, file := range t.files(".java", 8) {
			if strings.Contains(t.text(file), "static void main(") {
				p.listens(t, file)
				break
			}
		}
	}
	return p
}

func (p *Plan) quarkus(folder string) {
	p.Framework, p.Missing = "Quarkus", nil
	p.Start = `exec java -Dquarkus.http.port="$PORT" -Dquarkus.http.host="${HOST:-0.0.0.0}" -jar ` +
		folder + "/quarkus-app/quarkus-run.jar"
}

// runJar starts the jar that can be started: builds leave others beside it.
func runJar(framework, glob string) string {
	flags := ""
	if framework == "Spring Boot" {
		flags = `-Dserver.port="$PORT" -Dserver.address="${HOST:-0.0.0.0}" `
	}
	return `for jar in ` + glob + `; do case "$jar" in *-plain.jar|*-sources.jar|*-javadoc.jar|*-tests.jar|*/original-*) ;; ` +
		`*) exec java ` + flags + `-jar "$jar" ;; esac; done; echo "no jar was built" >&2; exit 1`
}
