// Print, for every file named on standard input, whether ajv finds it valid.
//
// Usage: NODE_PATH=.../node_modules node ajv_verdicts.cjs SCHEMA < a JSON list of paths

const fs = require("node:fs");
const Ajv2020 = require("ajv/dist/2020");

const schema = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
// All of ajv's strictness that is about validity; it would also refuse our $comment-ed
// style of putting "type" beside "$ref".
const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false });
const validate = ajv.compile(schema);

const verdicts = {};
for (const path of JSON.parse(fs.readFileSync(0, "utf8"))) {
  let value;
  try {
    const text = fs.readFileSync(path, "utf8").replace(/^\ufeff/, "");
    value = JSON.parse(text);
  } catch (error) {
    verdicts[path] = { parsed: false };
    continue;
  }
  const valid = validate(value);
  verdicts[path] = {
    parsed: true,
    valid,
    pointers: (validate.errors || []).map((error) => error.instancePath),
  };
}
console.log(JSON.stringify(verdicts));
