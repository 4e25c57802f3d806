// Reads a JSON array of texts and writes what Twilio's calculator says of each: alphabet, and parts.
const { SegmentedMessage } = require("sms-segments-calculator");
const texts = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const counted = texts.map((text) => {
  const message = new SegmentedMessage(text, "auto", false);
  return [message.encodingName, message.segmentsCount];
});
process.stdout.write(JSON.stringify(counted));
