// Print what pydist.json says of sdists, wheels and environments. See README.md.

import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";

const DOCUMENT = "pydist.json";
const LIMIT = 16 * 1024 * 1024;

function summary(content) {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(content);
  const document = JSON.parse(text);
  const extensions = document.extensions ?? {};
  const commands = extensions["python.commands"] ?? {};
  const groups = {
    console_scripts: commands.wrap_console,
    gui_scripts: commands.wrap_gui,
    ...(extensions["python.exports"]?.exports ?? {}),
  };
  const entryPoints = Object.entries(groups).flatMap(([group, names]) =>
    Object.entries(names ?? {}).map(([name, reference]) => [group, name, reference]),
  );
  // By code points, as other languages sort; JavaScript's own order differs for emoji.
  entryPoints.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
  return {
    name: document.name,
    version: document.version,
    requirements: document.requires_dist ?? [],
    entry_points: entryPoints,
    extensions,
  };
}

function compare(a, b) {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

// An sdist: a gzip file with a tar archive in it. Blocks of 512 bytes; a header has the
// name at 0, the size in octal at 124, the type at 156, the beginning of a long name at 345.
function fromSdist(file) {
  const stem = path.basename(file).replace(/\.tar\.gz$/, "");
  const tar = zlib.gunzipSync(fs.readFileSync(file));
  const text = (start, length) => {
    const field = tar.subarray(start, start + length);
    const end = field.indexOf(0);
    return field.subarray(0, end < 0 ? length : end).toString("utf8");
  };
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const size = parseInt(text(at + 124, 12), 8) || 0;
    const prefix = text(at + 345, 155);
    const name = (prefix ? `${prefix}/` : "") + text(at, 100);
    const isFile = tar[at + 156] === 0 || tar[at + 156] === "0".charCodeAt(0);
    if (isFile && name === `${stem}/${DOCUMENT}`) {
      return limited(size, () => tar.subarray(at + 512, at + 512 + size));
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return undefined;
}

// A wheel: a zip archive. The end record, somewhere in the last 64 KiB, leads to the
// directory, the directory to the member, whose own header comes before its data.
function fromWheel(file) {
  const zip = fs.readFileSync(file);
  const stem = path.basename(file).split("-").slice(0, 2).join("-");
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06"));
  if (end < 0) throw new Error("no zip archive");
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [method, packed, size] = [
      zip.readUInt16LE(at + 10),
      zip.readUInt32LE(at + 20),
      zip.readUInt32LE(at + 24),
    ];
    const lengths = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    const name = zip.subarray(at + 46, at + 46 + lengths[0]).toString("utf8");
    if (name === `${stem}.dist-info/${DOCUMENT}`) {
      const header = zip.readUInt32LE(at + 42);
      const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
      const data = zip.subarray(start, start + packed);
      return limited(size, () =>
        method === 0 ? data : zlib.inflateRawSync(data, { maxOutputLength: LIMIT }),
      );
    }
    at += 46 + lengths[0] + lengths[1] + lengths[2];
  }
  return undefined;
}

function limited(size, read) {
  if (size > LIMIT) throw new Error(`${DOCUMENT} is larger than ${LIMIT} bytes`);
  return read();
}

function* fromEnvironment(folder) {
  for (const site of siteFolders(folder)) {
    const names = fs.readdirSync(site).filter((name) => name.endsWith(".dist-info"));
    for (const name of names.sort(compare)) {
      const file = path.join(site, name, DOCUMENT);
      yield [path.join(site, name), fs.existsSync(file) ? fs.readFileSync(file) : undefined];
    }
  }
}

function siteFolders(folder) {
  if (!fs.existsSync(path.join(folder, "pyvenv.cfg"))) return [folder];
  const windows = path.join(folder, "Lib", "site-packages");
  if (fs.existsSync(windows)) return [windows];
  const library = path.join(folder, "lib");
  return fs
    .readdirSync(library)
    .map((python) => path.join(library, python, "site-packages"))
    .filter((site) => fs.existsSync(site))
    .sort(compare);
}

function* documents(source) {
  if (fs.statSync(source).isDirectory()) yield* fromEnvironment(source);
  else if (source.endsWith(".whl")) yield [source, fromWheel(source)];
  else yield [source, fromSdist(source)];
}

for (const source of process.argv.slice(2)) {
  for (const [place, content] of documents(source)) {
    if (content === undefined) console.error(`${place}: no ${DOCUMENT}`);
    else console.log(JSON.stringify(summary(content)));
  }
}
