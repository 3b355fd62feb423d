# The operator. Both stages can stand on any image that has Node 24; only the first needs npm.
ARG BUILD_IMAGE=node:24-slim
ARG RUNTIME_IMAGE=node:24-slim

FROM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
# What npm needs of the machine comes as secrets, readable during this command only and in no layer; both are optional:
#   --secret id=npmrc,src=$HOME/.npmrc                              npm's own configuration: a registry, its token
#   --secret id=authorities,src=/etc/ssl/certs/ca-certificates.crt  authorities to trust, for a registry behind a proxy
RUN --mount=type=secret,id=npmrc,target=/run/secrets/npmrc \
    --mount=type=secret,id=authorities,target=/run/secrets/authorities \
    NPM_CONFIG_USERCONFIG=/run/secrets/npmrc NODE_EXTRA_CA_CERTS=/run/secrets/authorities \
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
COPY tsconfig.json ./
COPY src ./src
COPY config-templates ./config-templates
# The modes of a checkout depend on its owner's umask; the operator's user must be able to read.
RUN npm run build && chmod -R a+rX dist config-templates

FROM ${RUNTIME_IMAGE}
WORKDIR /app
COPY --from=build /build/dist ./dist
COPY --from=build /build/config-templates ./config-templates
# Nothing is written to the root file system, so it may be read-only; any other unprivileged user works as well.
USER 65532:65532
ENV NODE_ENV=production NODE_OPTIONS=--enable-source-maps
EXPOSE 8081
ENTRYPOINT ["node", "dist/main.js"]
