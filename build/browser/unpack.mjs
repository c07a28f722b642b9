// Unpacks the browser into the temporary folder (once) and prints the path of its executable.
import chromium from '@sparticuz/chromium';

console.log(await chromium.executablePath());
