// Shows /openapi/v1.json. Whatever it says becomes text: nothing of it is ever read as markup.
const verbs = ["get", "put", "post", "patch", "delete", "head", "options"];
const news = document.getElementById("news");
let api;

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter(child => child !== undefined && child !== null));
  return node;
}

// References lead to places in this document.
function follow(thing) {
  const path = thing?.$ref?.slice(2).split("/");
  return path ? follow(path.reduce((node, key) => node?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], api)) : thing;
}

const json = value => make("pre", { tabindex: "0" }, JSON.stringify(value, null, 2));

function kindOf(schema) {
  if (!schema) return "any";
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1);
    return make("a", { href: `#schema-${name}` }, name);
  }
  if (schema.type === "array") {
    const items = kindOf(schema.items);
    return items === "any" ? "list" : make("span", {}, "list of ", items);
  }
  return [schema.type ?? "any"].flat().join(" or ");
}

function rows(entries) {
  return make("table", {}, make("tbody", {}, ...entries.map(([name, note, ...text]) =>
    make("tr", {}, make("th", { scope: "row" }, make("code", {}, name), make("small", {}, note)), make("td", {}, ...text)))));
}

function members(schema) {
  return rows(Object.entries(schema.properties ?? {}).map(([name, member]) =>
    [name, schema.required?.includes(name) ? "required" : "", kindOf(member), member.description ? ` – ${member.description}` : ""]));
}

function body(content) {
  return Object.entries(content ?? {}).flatMap(([type, media]) => [
    make("p", {}, make("code", {}, type), ": ", kindOf(media.schema)),
    media.schema?.properties && members(media.schema),
    ...Object.entries(media.examples ?? {}).map(([name, example]) => {
      const { summary, value } = follow(example);
      return make("div", {}, make("p", { class: "muted" }, make("code", {}, name), summary ? ` – ${summary}` : ""), json(value));
    }),
  ]);
}

function answer([status, answer]) {
  const { description, headers, content } = follow(answer);
  return make("details", {},
    make("summary", {}, make("span", { class: "status", "data-kind": status[0] }, status), description),
    ...body(content),
    headers && make("h4", {}, "Headers"),
    headers && rows(Object.entries(headers).map(([name, header]) => [name, "", follow(header).description ?? ""])));
}

function security(ways) {
  if (!ways?.length) return "Everybody may.";
  return ways.map(way => Object.entries(way).map(([name, scopes]) => {
    const scheme = api.components.securitySchemes[name];
    const what = scheme.type === "apiKey" ? `an API key in ${scheme.name}` : `a bearer token (${name})`;
    return scopes.length ? `${what} with ${scopes.join(", ")}` : what;
  }).join(" and ")).join(", or ").replace(/^a/, "A") + ".";
}

function operation(path, verb, op) {
  const title = `title-${op.operationId}`;
  return make("article", { id: `op-${op.operationId}`, "aria-labelledby": title, class: op.deprecated ? "deprecated" : undefined },
    make("div", {},
      make("span", { class: "method", "data-method": verb }, verb.toUpperCase()),
      make("h3", { id: title }, make("code", {}, path)),
      op.deprecated && make("span", { class: "badge" }, "deprecated")),
    make("p", {}, op.operationId.endsWith(op.summary) ? "" : `${op.summary}. `, op.description ?? ""),
    make("p", { class: "muted" }, security(op.security)),
    op.parameters && make("h4", {}, "Parameters"),
    op.parameters && rows(op.parameters.map(p => [p.name, `${p.in}${p.required ? ", required" : ""}`, p.description ?? ""])),
    op.requestBody && make("h4", {}, "Body"),
    ...body(op.requestBody?.content),
    make("h4", {}, "Answers"),
    // Numbers come before "default" in an object, whatever the order in the text.
    ...Object.entries(op.responses).map(answer));
}

function show() {
  document.getElementById("about").append(api.info.description, " ", make("a", { href: "/openapi/v1.json" }, `OpenAPI ${api.openapi}`), `, gateway ${api.info.version}`);
  const contents = document.getElementById("contents");
  const operations = Object.entries(api.paths).flatMap(([path, item]) =>
    verbs.filter(verb => item[verb]).map(verb => ({ path, verb, op: item[verb] })));
  for (const tag of api.tags.map(tag => ({ ...tag, own: operations.filter(({ op }) => op.tags.includes(tag.name)) })).filter(tag => tag.own.length)) {
    document.getElementById("operations").append(make("h2", {}, tag.name), make("p", { class: "muted" }, tag.description),
      ...tag.own.map(({ path, verb, op }) => operation(path, verb, op)));
    contents.append(...tag.own.map(({ path, verb, op }) => make("a", { href: `#op-${op.operationId}`, class: op.deprecated ? "deprecated" : undefined },
      make("span", { class: "method", "data-method": verb }, verb.toUpperCase()), path)));
  }
  const schemas = document.getElementById("schemas");
  for (const [name, schema] of Object.entries(api.components.schemas)) {
    schemas.append(make("div", { class: "schema", id: `schema-${name}` }, make("h3", {}, name), make("p", {}, schema.description ?? ""), members(schema)));
  }
  contents.hidden = schemas.hidden = false;
  news.hidden = true;
}

try {
  const response = await fetch("/openapi/v1.json");
  if (!response.ok) throw new Error(`status ${response.status}`);
  api = await response.json();
  show();
} catch (error) {
  news.textContent = `The description can't be read: ${error.message}.`;
  news.className = "notice";
}
