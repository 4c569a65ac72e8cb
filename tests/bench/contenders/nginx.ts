/**
 * nginx as a reverse proxy: the floor for anything that only passes bytes on.
 *
 * @module
 */
import { finished, freePort, isInstalled } from "../tools.ts";
import { type Absent, type Contender, startServer } from "./contender.ts";

/** nginx, or why it cannot be measured. */
export async function nginx(): Promise<Contender | Absent> {
  const name = "nginx";
  if (!isInstalled(name)) return { name, why: "nginx is not installed (Debian: nginx-light)" };
  const version = await finished("sh", ["-c", "nginx -v 2>&1"]);
  return {
    name,
    version: /nginx\/(\S+)/.exec(version)?.[1] ?? "unknown",
    start: async ({ folder, upstreamPort }) => {
      const port = freePort();
      const file = `${folder}/nginx.conf`;
      await Deno.writeTextFile(file, configuration({ folder, port, upstreamPort }));
      return await startServer(["nginx", "-p", folder, "-e", "stderr", "-c", file], {
        folder,
        port,
      });
    },
  };
}

interface Places {
  folder: string;
  port: number;
  upstreamPort: number;
}

/** Streams unbuffered, connections kept on both sides: what a user would set for a gateway. */
function configuration({ folder, port, upstreamPort }: Places): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `  ${kind}_temp_path ${folder}/${kind};`);
  return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 8192; }
http {
  access_log off;
${temporary.join("\n")}
  client_max_body_size 100m;
  client_body_buffer_size 8m;
  keepalive_requests 1000000;
  upstream model {
    server 127.0.0.1:${upstreamPort};
    keepalive 1024;
    keepalive_requests 1000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://model;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_request_buffering off;
    }
  }
}
`;
}
