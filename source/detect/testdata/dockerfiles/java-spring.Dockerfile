# Java, Spring Boot, found by pom.xml.
FROM maven:3-eclipse-temurin-21 AS build
WORKDIR /app
COPY . .
RUN --mount=type=cache,target=/root/.m2 mvn -B -q -DskipTests package

FROM eclipse-temurin:21-jre
WORKDIR /app
COPY --from=build --chown=1000:1000 /app/target ./target
ENV HOST=0.0.0.0 PORT=8080 HOME=/tmp
USER 1000:1000
EXPOSE 8080
CMD ["/bin/sh","-c","for jar in target/*.jar; do case \"$jar\" in *-plain.jar|*-sources.jar|*-javadoc.jar|*-tests.jar|*/original-*) ;; *) exec java -Dserver.port=\"$PORT\" -Dserver.address=\"${HOST:-0.0.0.0}\" -jar \"$jar\" ;; esac; done; echo \"no jar was built\" >&2; exit 1"]
