export const id=965;export const ids=[965];export const modules={6290:(e,t,r)=>{r.d(t,{H:()=>n});let s={lt:"<",gt:">",amp:"&"};function n(e){let t=[],r=[],s=!1,n=()=>{t.push(...function(e){let t=[];for(let r of e)for(let[e,s]of r.entries())t[e]=Math.max(t[e]??0,s.length);return e.filter(e=>e.length>0).map(e=>`  ${e.map((e,r)=>e.padEnd(t[r]??0)).join("  ")}`.trimEnd())}(r)),r=[]};for(let i of e.split(`
`)){var o;/^```/.test(i)?s=!s:s?t.push(`    ${i}`):/^\|/.test(i)?r.push((o=i,/^[|\s:-]+$/.test(o)?[]:o.split("|").slice(1,-1).map(e=>a(e.trim())))):(n(),/^<\/?details>$/.test(i)||t.push(a(i.replace(/^#+ /,""))))}return n(),t.join(`
`).replace(/\n{3,}/g,`

`).trim()}function a(e){return e.replace(/<\/?(?:code|summary|strong)>/g,"").replace(/\*\*(.+?)\*\*/g,"$1").replace(/(?<!\\)`([^`]*)`/g,"$1").replace(/\\([\\`*_[\]~$#+=>.)-])/g,"$1").replace(/&#(\d+);/g,(e,t)=>"8203"===t?"":String.fromCharCode(Number(t))).replace(/&(lt|gt|amp);/g,(e,t)=>s[t]??"")}},1983:(e,t,r)=>{r.d(t,{E9:()=>o,T1:()=>c,U9:()=>l,a3:()=>i});let s={ms:1,s:1e3,m:6e4,h:36e5,d:864e5},n=/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/,a=/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;function o(e){let t=e.trim().toLowerCase();if("immediately"===t)return 0;if(/^\d+(\.\d+)?$/.test(t))return{problem:`is "${e}", a number without a unit; write ${t}s, ${t}m or ${t}h`};if(!n.test(t))return{problem:`is "${e}", which is not a duration; write one such as 30s, 5m or 1h30m, or immediately`};let r=0;for(let[,e,n]of t.matchAll(a))r+=Number(e)*(s[n??""]??0);return Math.round(r)}function i(e){if(e<1e3)return`${Math.round(e)} ms`;if(e<1e4)return`${(e/1e3).toFixed(1)} s`;let t=Math.round(e/1e3);if(t<60)return`${t} s`;let r=Math.floor(t/60);if(r<60)return t%60?`${r} min ${t%60} s`:`${r} min`;let s=Math.floor(r/60);return r%60?`${s} h ${r%60} min`:`${s} h`}function l(e,t){return`${e} ${t}${1===e?"":"s"}`}function c(e){return`${Number((100*e).toFixed(2))} %`}},5965:(e,t,r)=>{r.r(t),r.d(t,{demo:()=>q});var s,n=r(1455),a=r(8161),o=r(6760),i=r(7975),l=r(9459),c=r(2289),u=r(1983),d=r(2311),p=r(8439),h=r(9895);let m=d.aig().int().describe("Milliseconds since 1970-01-01T00:00:00Z."),f=d.aig().min(0).describe("Milliseconds."),b=d.aig().int().min(0),w=d.k5n(h.K),g=d.YjP().nullable(),y=d.rej({target:d.YjP(),live:g.describe("The slot that serves, read from the platform at the end; null when none does or it is not known."),liveVersion:g,previous:g.describe("The slot that was live before; null on the first release."),previousVersion:g,rollbackCommand:g.describe("What a person types to put the previous routing back; null when it cannot be."),switchedAt:m.nullable()}),v=d.rej({name:d.YjP(),kind:d.YjP(),target:d.YjP(),step:w,slot:g.describe("Null when the live route was asked, whoever answers."),verdict:d.k5n(["pass","fail","unknown"]),reason:d.YjP(),attempts:b,durationMs:f,tolerated:d.zMY().describe("It is unknown, and the configuration says that this is no reason to stop.")}),j=d.rej({requests:b,failed:b,p95Ms:f.nullable().describe("Of the answers; null without one.")}),$=d.rej({requests:b.describe("Of all probes."),failed:b.describe("Of all probes."),switches:d.YOg(d.rej({target:d.YjP(),route:d.YjP(),from:d.YjP(),to:d.YjP(),at:m,answeredInMs:f.describe("From sending the write to its answer.")})),probes:d.YOg(d.rej({url:d.YjP(),requests:b,failed:b,answers:d.g1P(d.YjP(),b).describe("Answers by the version that they named; other when none."),firstGreenMs:f.nullable().describe("From the switch's answer to the first answer of green."),lastBlueMs:f.nullable().describe("From the switch's answer to the last answer of blue on a fresh connection."),lastBlueKeptMs:f.nullable().describe("The same on a connection that was opened before."),fullGreenMs:f.nullable().describe("From the switch's answer until green alone answered, on fresh and on kept connections; null if it never did."),switchedAt:m.nullable().describe("When the switch's answer came; null when none came under the probe."),before:j.nullable().describe("The minute before the switch; null when no switch was seen."),after:j.describe("From the switch's answer on; everything when no switch was seen."),errors:d.YOg(d.YjP()).describe("The first failures, and the latest."),spans:d.YOg(d.rej({at:m,answers:d.g1P(d.YjP(),b),errors:d.g1P(d.YjP(),b).describe("Failed requests by kind, such as status 503."),p95Ms:f.nullable()})).describe("Second by second; of a long watch, in longer spans.")}))}),k=d.rej({format:d.euz(1).describe("Rises when a reader of this format could misread the next one."),result:d.k5n(["succeeded","unchanged","waiting","invalid","refused","rolled-back","failed","degraded","rollback-failed","cancelled"]),exitCode:b,verb:d.k5n(h.h),release:d.YjP(),version:d.YjP(),live:g.describe("Of the first target."),previous:g.describe("Of the first target."),switchedAt:m.nullable().describe("The last switch of any target."),startedAt:m,durationMs:f,rollbackCommand:g.describe("Of all targets, joined by &&."),targets:d.YOg(y),steps:d.YOg(d.rej({step:w,status:d.k5n(["done","failed","undone","cancelled"]),startedAt:m,durationMs:f,detail:d.YjP()})),checks:d.YOg(v),findings:d.YOg(d.rej({severity:d.k5n(["error","warning","info"]),code:d.YjP(),target:d.YjP(),message:d.YjP(),remedy:d.YjP()})),changes:d.YOg(d.rej({verb:d.k5n(["create","update","delete","scale","route"]),object:d.YjP(),detail:d.YjP()})),evidence:$,failures:d.YOg(d.rej({code:d.YjP(),step:w.nullable(),message:d.YjP(),hint:d.YjP(),details:d.YOg(d.YjP())})),notes:d.YOg(d.YjP())}).describe("How a run of Cutover ended. What is not known is null; nothing is left out."),P="shop",T="1.4.2",Y="1.5.0",O={none:"succeeded",smoke:"failed",bake:"rolled-back"},S=`apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  namespace: ${P}
spec:
  replicas: 2
  selector:
    matchLabels: { app: shop }
  template:
    metadata:
      labels: { app: shop }
    spec:
      terminationGracePeriodSeconds: 10
      containers:
        - name: shop
          image: registry.example/shop:latest
          ports:
            - { name: http, containerPort: 8080 }
          readinessProbe:
            httpGet: { path: /healthz, port: http }
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: shop-settings
  namespace: ${P}
data:
  currency: EUR
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: shop
  namespace: ${P}
spec:
  minAvailable: 1
  selector:
    matchLabels: { app: shop }
`,E=`apiVersion: v1
kind: Namespace
metadata:
  name: ${P}
---
apiVersion: v1
kind: Service
metadata:
  name: shop
  namespace: ${P}
spec:
  selector: { app: shop, cutover/slot: shop-blue }
  ports:
    - { name: http, port: 80, targetPort: http }
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop-blue
  namespace: ${P}
  labels: { cutover/managed: "true" }
  annotations: { cutover/version: ${T} }
spec:
  replicas: 3
  selector:
    matchLabels: { cutover/slot: shop-blue }
  template:
    metadata:
      labels: { app: shop, cutover/slot: shop-blue }
      annotations: { cutover/version: ${T} }
    spec:
      terminationGracePeriodSeconds: 10
      containers:
        - name: shop
          image: registry.example/shop:${T}
          ports:
            - { name: http, containerPort: 8080 }
          readinessProbe:
            httpGet: { path: /healthz, port: http }
`,M=`- name: green is healthy
  http:
    path: /healthz
    passes: 3
    interval: 100ms
    expect: { status: 200, version: true, within: 2s }
- name: the catalogue answers
  http:
    path: /products
    expect: { json: { app: shop } }
`,A=`- name: users get healthy answers
  http:
    path: /healthz
    expect: { status: 200 }
`;var x=r(9950),I=r(1421);async function U(e){let t=await (0,n.mkdtemp)((0,o.join)((0,a.tmpdir)(),"cutover-runner-")),r={output:(0,o.join)(t,"output"),summary:(0,o.join)(t,"summary"),state:(0,o.join)(t,"state")};try{for(let e of Object.values(r))await (0,n.writeFile)(e,"");let s=await _(e,t,r,{}),a=e.signal.aborted&&"SIGKILL"===e.stopBy,o=await G(r.state),i=Object.fromEntries(Object.entries(o).map(([e,t])=>[`STATE_${e}`,t]));return a||await _(e,t,r,i),{exitCode:s,outputs:await G(r.output),summary:await (0,n.readFile)(r.summary,"utf8")}}finally{await (0,n.rm)(t,{recursive:!0,force:!0})}}function _({bundle:e,inputs:t,workspace:r,environment:s,signal:n,stopBy:a,runId:o,line:i,node:l=process.execPath},c,u,d){let p=Object.entries(t).map(([e,t])=>[`INPUT_${e.toUpperCase()}`,t]),h=(0,I.spawn)(l,[e],{cwd:r,stdio:["ignore","pipe","pipe"],env:{PATH:s.PATH,HOME:c,GITHUB_ACTIONS:"true",GITHUB_ACTOR:"you",GITHUB_OUTPUT:u.output,GITHUB_REPOSITORY:"example/shop",GITHUB_RUN_ATTEMPT:"1",GITHUB_RUN_ID:o??"1",GITHUB_SERVER_URL:"https://github.example",GITHUB_SHA:"0123456789abcdef0123456789abcdef01234567",GITHUB_STATE:u.state,GITHUB_STEP_SUMMARY:u.summary,GITHUB_WORKSPACE:r,RUNNER_TEMP:c,...Object.fromEntries(p),...d}}),m=()=>h.kill(a??"SIGINT");for(let e of(n.addEventListener("abort",m,{once:!0}),[h.stdout,h.stderr]))!function(e,t){let r="";e.setEncoding("utf8"),e.on("data",e=>{let s=(r+e).split(`
`);r=s.pop()??"",s.forEach(t)}),e.on("end",()=>r&&t(r))}(e,i);return new Promise((e,t)=>{h.once("error",t),h.once("close",t=>{n.removeEventListener("abort",m),e(t??1)})})}async function G(e){let t={},r=(await (0,n.readFile)(e,"utf8")).split(`
`);for(let e=r.shift();void 0!==e;e=r.shift()){let s=/^([^=]+?)<<(.+)$/.exec(e);if(s?.[1]&&s[2]){let e=r.indexOf(s[2]);t[s[1]]=r.splice(0,e+1).slice(0,-1).join(`
`);continue}let n=e.indexOf("=");n>0&&(t[e.slice(0,n)]=e.slice(n+1))}return t}var H=r(6290);let F=/^::group::(.*)$/,N=/^::(?:endgroup|add-mask|debug|save-state|set-output|stop-commands)(?: [^:]*)?::/,C=/^::(notice|warning|error)(?: [^:]*)?::(.*)$/;let Screen=class Screen{#e;#t;#r;constructor(e){this.#e=e;let t=t=>r=>e.isTTY?`\x1b[${t}m${r}\x1b[0m`:r;this.#t=t(1),this.#r=t(2)}line(e){this.#e.write(`${e}
`)}title(e){this.line(`
${this.#t(e)}`)}step(e){let t=F.exec(e),r=C.exec(e);t?this.line(this.#t(`  ${t[1]}`)):r?this.line(`  ${r[1]}: ${(r[2]??"").replaceAll("%0D","").replaceAll("%0A",`
  `).replaceAll("%25","%")}`):N.test(e)||this.line(`    ${e}`)}load({requests:e,failed:t,bySlot:r,p50:s,p99:n}){let a=Object.entries(r).map(([e,t])=>`${e} ${t}`);this.line(this.#r(`  load: ${e} requests, ${t} failed, answered by ${a.join(", ")}; p50 ${s} ms, p99 ${n} ms`))}summary(e){this.title("The job summary"),this.line((0,H.H)(e).trimEnd())}};var R=function(e,t,r){if(null!=t){var s,n;if("object"!=typeof t&&"function"!=typeof t)throw TypeError("Object expected.");if(r){if(!Symbol.asyncDispose)throw TypeError("Symbol.asyncDispose is not defined.");s=t[Symbol.asyncDispose]}if(void 0===s){if(!Symbol.dispose)throw TypeError("Symbol.dispose is not defined.");s=t[Symbol.dispose],r&&(n=s)}if("function"!=typeof s)throw TypeError("Object not disposable.");n&&(s=function(){try{n.call(this)}catch(e){return Promise.reject(e)}}),e.stack.push({value:t,dispose:s,async:r})}else r&&e.stack.push({async:!0});return t},B=(s="function"==typeof SuppressedError?SuppressedError:function(e,t,r){var s=Error(r);return s.name="SuppressedError",s.error=e,s.suppressed=t,s},function(e){function t(t){e.error=e.hasError?new s(t,e.error,"An error was suppressed during disposal."):t,e.hasError=!0}var r,n=0;return function s(){for(;r=e.stack.pop();)try{if(!r.async&&1===n)return n=0,e.stack.push(r),Promise.resolve().then(s);if(r.dispose){var a=r.dispose.call(r.value);if(r.async)return n|=2,Promise.resolve(a).then(s,function(e){return t(e),s()})}else n|=1}catch(e){t(e)}if(1===n)return e.hasError?Promise.reject(e.error):Promise.resolve();if(e.hasError)throw e.error}()});let D="demo-output",V="cutover/slot",L={connections:50,pauseMs:50,slotHeader:"x-app-slot",atMostMs:12e4};async function q(e){let t={stack:[],error:void 0,hasError:!1};try{var r,s,n,a;let d,p=function(e){let{fail:t}=(0,i.parseArgs)({args:[...e],options:{fail:{type:"string"}},strict:!1}).values;if(void 0===t)return"none";if("smoke"===t||"bake"===t)return t;throw(0,c.V2)("INVALID_CONFIGURATION",{problems:[`--fail must be smoke or bake; it is "${String(t)}".`]})}(e.arguments.slice(1)),h=new Screen(e.stdout),m=Date.now();h.title(`Cutover demo: shop-blue is live, shop-green gets the new version${"none"===p?"":`, and fails in ${p}`}.`);let f=R(t,await (0,l.Rc)({behaviour:e=>(function(e,t){let{labels:r}=e.metadata;return"smoke"===t&&r?.[V]==="shop-green"?{answers:{"/healthz":z}}:{}})(e,p)}),!0);await f.apply(E),await f.settled();let b=f.serviceUrl(P,"shop");h.line(`An embedded Kubernetes serves on ${f.url}; users reach the shop on ${b}.`);let w=(0,x.b)({url:b,...L}),g=(r=f,s=w,n=h,a=p,d=setInterval(()=>{let e=s.counts();if(n.load(e),"bake"===a&&!((e.bySlot["shop-green"]??0)<500))for(let e of r.instances(P,{[V]:"shop-green"}))e.answer("/healthz",z)},1e3),()=>clearInterval(d)),y=(0,o.resolve)(e.workspace,D),v=await K(f,b,y,e,h);g();let j=await w.stop(),$=await J(y,v,j);return h.summary(v.summary),h.load(j),h.line(`Files: ${D}/summary.md, ${D}/result.json (with result.schema.json), ${D}/load.json. It took ${(0,u.a3)(Date.now()-m)}.`),function(e,t,r,s){let n=O[r],a=t===n&&0===s.failed;for(let r of(e.title(`${t}: ${s.requests} requests sent, ${s.failed} failed${a?"":`; expected ${n} and 0 failed`}.`),s.errors))e.line(`  ${r}`);return+!a}(h,$,p,j)}catch(e){t.error=e,t.hasError=!0}finally{let e=B(t);e&&await e}}let z={status:500,json:{status:"the basket service does not answer"}};async function K(e,t,r,s,i){let l=await (0,n.mkdtemp)((0,o.join)((0,a.tmpdir)(),"cutover-demo-"));try{var c;return await (0,n.mkdir)((0,o.join)(l,"k8s")),await (0,n.writeFile)((0,o.join)(l,"k8s/shop.yaml"),S),await U({bundle:s.program,inputs:{...(c=e.kubeconfig(),{blue:"shop-blue",green:"shop-green",service:"shop",manifest:"k8s/shop.yaml",image:`registry.example/shop:${Y}`,version:Y,kubeconfig:c,smoke:M,"live-url":t,"live-checks":A,identity:"{ path: /, header: x-app-version }",settle:"1s",bake:"8s",teardown:"delete"}),"report-directory":r},workspace:l,environment:s.environment,signal:s.signal,line:e=>i.step(e)})}finally{await (0,n.rm)(l,{recursive:!0,force:!0})}}async function J(e,t,r){await (0,n.mkdir)(e,{recursive:!0});let s=(0,o.join)(e,"result.json"),a=JSON.parse(await (0,n.readFile)(s,"utf8")),{requests:i,failed:l}=r,c={...a.evidence,requests:i,failed:l};return await (0,n.writeFile)(s,`${JSON.stringify({...a,evidence:c},null,2)}
`),await (0,n.writeFile)((0,o.join)(e,"result.schema.json"),`${JSON.stringify(function(){let{$schema:e,...t}=p.bl(k,{target:"draft-2020-12"});return{$schema:e,title:"Cutover result",...t}}(),null,2)}
`),await (0,n.writeFile)((0,o.join)(e,"load.json"),`${JSON.stringify(r,null,2)}
`),await (0,n.writeFile)((0,o.join)(e,"summary.md"),t.summary),String(a.result)}},9950:(e,t,r)=>{r.d(t,{b:()=>a});var s=r(7067),n=r(8500);function a(e){let t=AbortSignal.timeout(e.atMostMs),r=new AbortController,a=AbortSignal.any([t,r.signal]),o=new s.Agent({keepAlive:!0,maxSockets:e.connections}),i={},l=[],c=[],u=0,d=0,p=async(t,r)=>{for(await (0,n.setTimeout)(e.pauseMs*r/e.connections);!a.aborted;){let r=performance.now();u++;try{let{status:n,slot:a}=await function({url:e,slotHeader:t},r){return new Promise((n,a)=>{let o=(0,s.request)(e,{agent:r,timeout:1e4},e=>{e.resume(),e.once("error",a),e.once("end",()=>n({status:e.statusCode??0,slot:String(e.headers[t]??"nobody")}))});o.once("timeout",()=>o.destroy(Error("no answer within 10 s"))),o.once("error",a),o.end()})}(e,t);if(n>=500)throw Error(`HTTP ${n} from ${a}`);i[a]=(i[a]??0)+1,c.push(performance.now()-r)}catch(e){d++,l.length<5&&l.push(e instanceof Error?e.message:String(e))}await (0,n.setTimeout)(e.pauseMs)}},h=Array.from({length:e.connections},(e,t)=>[p(o,t),p(!1,t)]).flat(),m=()=>{let e=[...c].sort((e,t)=>e-t),t=t=>Math.round(e[Math.floor(e.length*t)]??0);return{requests:u,failed:d,bySlot:{...i},errors:[...l],p50:t(.5),p99:t(.99)}};return{counts:m,stop:async()=>(r.abort(),await Promise.all(h),o.destroy(),m())}}},9895:(e,t,r)=>{r.d(t,{K:()=>s,h:()=>n});let s=["inspect","preflight","claim","deploy","ready","verify","switch","confirm","bake","drain","teardown","close"],n=["run","plan","deploy","switch","teardown","status","rollback","abort","abort-if-unfinished"]}};
