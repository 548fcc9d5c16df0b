export const id=5965;export const ids=[5965];export const modules={26290:(e,t,r)=>{r.d(t,{H:()=>a});let s={lt:"<",gt:">",amp:"&"};function a(e){let t=[],r=[],s=!1,a=!1,o=()=>{t.push(...function(e){let t=[];for(let r of e)for(let[e,s]of r.entries())t[e]=Math.max(t[e]??0,s.length);return e.filter(e=>e.length>0).map(e=>`  ${e.map((e,r)=>e.padEnd(t[r]??0)).join("  ")}`.trimEnd())}(r)),r=[]};for(let l of e.split(`
`))if(/^```/.test(l))s=!s,a="```mermaid"===l;else{var i;if(a)continue;s?t.push(`    ${l}`):/^\|/.test(l)?r.push((i=l,/^[|\s:-]+$/.test(i)?[]:i.split("|").slice(1,-1).map(e=>n(e.trim())))):(o(),/^<\/?details>$/.test(l)||t.push(n(l.replace(/^#+ /,""))))}return o(),t.join(`
`).replace(/\n{3,}/g,`

`).trim()}function n(e){return e.replace(/<\/?(?:code|summary|strong)>/g,"").replace(/\*\*(.+?)\*\*/g,"$1").replace(/(?<!\\)`([^`]*)`/g,"$1").replace(/\\([\\`*_[\]~$#+=>.)-])/g,"$1").replace(/&#(\d+);/g,(e,t)=>"8203"===t?"":String.fromCharCode(Number(t))).replace(/&(lt|gt|amp);/g,(e,t)=>s[t]??"")}},31983:(e,t,r)=>{r.d(t,{E9:()=>o,T1:()=>c,U9:()=>l,a3:()=>i});let s={ms:1,s:1e3,m:6e4,h:36e5,d:864e5},a=/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/,n=/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;function o(e){let t=e.trim().toLowerCase();if("immediately"===t)return 0;if(/^\d+(\.\d+)?$/.test(t))return{problem:`is "${e}", a number without a unit; write ${t}s, ${t}m or ${t}h`};if(!a.test(t))return{problem:`is "${e}", which is not a duration; write one such as 30s, 5m or 1h30m, or immediately`};let r=0;for(let[,e,a]of t.matchAll(n))r+=Number(e)*(s[a??""]??0);return Math.round(r)}function i(e){if(e<1e3)return`${Math.round(e)} ms`;if(e<1e4)return`${(e/1e3).toFixed(1)} s`;let t=Math.round(e/1e3);if(t<60)return`${t} s`;let r=Math.floor(t/60);if(r<60)return t%60?`${r} min ${t%60} s`:`${r} min`;let s=Math.floor(r/60);return r%60?`${s} h ${r%60} min`:`${s} h`}function l(e,t){return`${e} ${t}${1===e?"":"s"}`}function c(e){return`${Number((100*e).toFixed(2))} %`}},35965:(e,t,r)=>{r.r(t),r.d(t,{demo:()=>W});var s,a=r(51455),n=r(48161),o=r(76760),i=r(57975),l=r(92144),c=r(92289),d=r(31983),u=r(12311),p=r(98439),h=r(69895);let m=u.aig().int().describe("Milliseconds since 1970-01-01T00:00:00Z."),f=u.aig().min(0).describe("Milliseconds."),b=u.aig().int().min(0),w=u.k5n(h.KY),g=u.YjP().nullable(),y=u.rej({target:u.YjP(),live:g.describe("The slot that serves, read from the platform at the end; null when none does or it is not known."),liveVersion:g,previous:g.describe("The slot that was live before; null on the first release."),previousVersion:g,rollbackCommand:g.describe("What a person types to put the previous routing back; null when it cannot be."),switchedAt:m.nullable()}),v=u.rej({name:u.YjP(),kind:u.YjP(),target:u.YjP(),step:w,slot:g.describe("Null when the live route was asked, whoever answers."),verdict:u.k5n(["pass","fail","unknown"]),reason:u.YjP(),attempts:b,durationMs:f,tolerated:u.zMY().describe("It is unknown, and the configuration says that this is no reason to stop."),holds:u.zMY().describe("It is unknown, and the configuration says to stop where the release is."),cases:u.YOg(u.rej({name:u.YjP(),group:u.YjP().describe("The class or file that it belongs to; may be empty."),outcome:u.k5n(["passed","failed","skipped"]),message:u.YjP(),durationMs:f})).describe("The tests that a command reported of itself, at most 200, those that failed first.")}),j=u.rej({requests:b,failed:b,p95Ms:f.nullable().describe("Of the answers; null without one.")}),$=u.rej({target:u.YjP(),slot:u.YjP(),operations:b.nullable().describe("Null when it is not known."),text:u.YjP().describe("Who counted what, or why it is not known.")}),k=u.rej({held:u.YOg($).describe("What blue still had to finish when it was taken away."),requests:b.describe("Of all probes."),failed:b.describe("Of all probes."),switches:u.YOg(u.rej({target:u.YjP(),route:u.YjP(),from:u.YjP(),to:u.YjP(),at:m,answeredInMs:f.describe("From sending the write to its answer.")})),probes:u.YOg(u.rej({url:u.YjP(),requests:b,failed:b,answers:u.g1P(u.YjP(),b).describe("Answers by the version that they named; other when none."),firstGreenMs:f.nullable().describe("From the switch's answer to the first answer of green."),lastBlueMs:f.nullable().describe("From the switch's answer to the last answer of blue on a fresh connection."),lastBlueKeptMs:f.nullable().describe("The same on a connection that was opened before."),fullGreenMs:f.nullable().describe("From the switch's answer until green alone answered, on fresh and on kept connections; null if it never did."),switchedAt:m.nullable().describe("When the switch's answer came; null when none came under the probe."),before:j.nullable().describe("The minute before the switch; null when no switch was seen."),after:j.describe("From the switch's answer on; everything when no switch was seen."),errors:u.YOg(u.YjP()).describe("The first failures, and the latest."),spans:u.YOg(u.rej({at:m,ms:u.aig().min(1).describe("How long it lasted, in milliseconds."),answers:u.g1P(u.YjP(),b),errors:u.g1P(u.YjP(),b).describe("Failed requests by kind, such as status 503; never sent: due while one was waited for in vain."),p95Ms:f.nullable()})).describe("Second by second; of a long watch, in longer spans.")}))}),P=u.rej({gate:u.k5n(["switch","teardown"]).describe("The step that it comes before."),decision:u.k5n(["approved","denied","timed-out"]),by:u.YOg(u.YjP()).describe("Names of the people; empty when nobody answered."),at:m,askedAt:m,how:u.YjP().describe("How they were asked, such as issue #12."),link:g.describe("Where the decision can be read.")}),Y=u.rej({format:u.euz(1).describe("Rises when a reader of this format could misread the next one."),result:u.k5n(["succeeded","unchanged","waiting","invalid","refused","rolled-back","failed","degraded","rollback-failed","cancelled"]),exitCode:b.describe("What the result stands for; with strict-gates a run that waits ends with 5 instead."),verb:u.k5n(h.hU),release:u.YjP(),version:u.YjP(),live:g.describe("Of the first target."),previous:g.describe("Of the first target."),switchedAt:m.nullable().describe("The last switch of any target."),startedAt:m,durationMs:f,rollbackCommand:g.describe("Of all targets, joined by &&."),targets:u.YOg(y),steps:u.YOg(u.rej({step:w,status:u.k5n(["done","failed","undone","cancelled"]),startedAt:m,durationMs:f,detail:u.YjP()})),checks:u.YOg(v),findings:u.YOg(u.rej({severity:u.k5n(["error","warning","info"]),code:u.YjP(),target:u.YjP(),message:u.YjP(),remedy:u.YjP()})),changes:u.YOg(u.rej({verb:u.k5n(["create","update","delete","scale","route"]),object:u.YjP(),detail:u.YjP()})),evidence:k,next:u.k5n(["switch","teardown"]).nullable().describe("Of a run that stopped at a gate: the verb that goes on."),approvals:u.YOg(P).describe("What people decided at the gates, in order."),failures:u.YOg(u.rej({code:u.YjP(),step:w.nullable(),message:u.YjP(),hint:u.YjP(),details:u.YOg(u.YjP())})),notes:u.YOg(u.YjP())}).describe("How a run of Cutover ended. What is not known is null; nothing is left out."),T="shop",O="1.4.2",S="1.5.0",M={none:"succeeded",smoke:"failed",bake:"rolled-back"},E=`apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  namespace: ${T}
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
  namespace: ${T}
data:
  currency: EUR
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: shop
  namespace: ${T}
spec:
  minAvailable: 1
  selector:
    matchLabels: { app: shop }
`,A=`apiVersion: v1
kind: Namespace
metadata:
  name: ${T}
---
apiVersion: v1
kind: Service
metadata:
  name: shop
  namespace: ${T}
spec:
  selector: { app: shop, cutover/slot: shop-blue }
  ports:
    - { name: http, port: 80, targetPort: http }
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop-blue
  namespace: ${T}
  labels: { cutover/managed: "true" }
  annotations: { cutover/version: ${O} }
spec:
  replicas: 3
  selector:
    matchLabels: { cutover/slot: shop-blue }
  template:
    metadata:
      labels: { app: shop, cutover/slot: shop-blue }
      annotations: { cutover/version: ${O} }
    spec:
      terminationGracePeriodSeconds: 10
      containers:
        - name: shop
          image: registry.example/shop:${O}
          ports:
            - { name: http, containerPort: 8080 }
          readinessProbe:
            httpGet: { path: /healthz, port: http }
`,x=`- name: green is healthy
  http:
    path: /healthz
    passes: 3
    interval: 100ms
    expect: { status: 200, version: true, within: 2s }
- name: the catalogue answers
  http:
    path: /products
    expect: { json: { app: shop } }
`,I=`- name: users get healthy answers
  http:
    path: /healthz
    expect: { status: 200 }
`;var U=r(69950),H=r(31421);async function N(e){let t=await (0,a.mkdtemp)((0,o.join)((0,n.tmpdir)(),"cutover-runner-")),r={output:(0,o.join)(t,"output"),summary:(0,o.join)(t,"summary"),state:(0,o.join)(t,"state")};try{for(let e of Object.values(r))await (0,a.writeFile)(e,"");let s=await _(e,t,r,{}),n=e.signal.aborted&&"SIGKILL"===e.stopBy,o=await G(r.state),i=Object.fromEntries(Object.entries(o).map(([e,t])=>[`STATE_${e}`,t]));return(!n||e.survives)&&await _(e,t,r,i),{exitCode:s,outputs:await G(r.output),summary:await (0,a.readFile)(r.summary,"utf8")}}finally{await (0,a.rm)(t,{recursive:!0,force:!0})}}function _({bundle:e,inputs:t,workspace:r,environment:s,signal:a,stopBy:n,runId:o,variables:i,line:l,node:c=process.execPath},d,u,p){let h=Object.entries(t).map(([e,t])=>[`INPUT_${e.toUpperCase()}`,t]),m=(0,H.spawn)(c,[e],{cwd:r,stdio:["ignore","pipe","pipe"],env:{PATH:s.PATH,HOME:d,GITHUB_ACTIONS:"true",GITHUB_ACTOR:"you",GITHUB_OUTPUT:u.output,GITHUB_REPOSITORY:"example/shop",GITHUB_RUN_ATTEMPT:"1",GITHUB_RUN_ID:o??"1",GITHUB_SERVER_URL:"https://github.example",GITHUB_SHA:"0123456789abcdef0123456789abcdef01234567",GITHUB_STATE:u.state,GITHUB_STEP_SUMMARY:u.summary,GITHUB_WORKSPACE:r,RUNNER_TEMP:d,...i,...Object.fromEntries(h),...p}}),f=()=>m.kill(n??"SIGINT");for(let e of(a.addEventListener("abort",f,{once:!0}),[m.stdout,m.stderr]))!function(e,t){let r="";e.setEncoding("utf8"),e.on("data",e=>{let s=(r+e).split(`
`);r=s.pop()??"",s.forEach(t)}),e.on("end",()=>r&&t(r))}(e,l);return new Promise((e,t)=>{m.once("error",t),m.once("close",t=>{a.removeEventListener("abort",f),e(t??1)})})}async function G(e){let t={},r=(await (0,a.readFile)(e,"utf8")).split(`
`);for(let e=r.shift();void 0!==e;e=r.shift()){let s=/^([^=]+?)<<(.+)$/.exec(e);if(s?.[1]&&s[2]){let e=r.indexOf(s[2]);t[s[1]]=r.splice(0,e+1).slice(0,-1).join(`
`);continue}let a=e.indexOf("=");a>0&&(t[e.slice(0,a)]=e.slice(a+1))}return t}var F=r(26290);let B=/^::group::(.*)$/,C=/^::(?:endgroup|add-mask|debug|save-state|set-output|stop-commands)(?: [^:]*)?::/,R=/^::(notice|warning|error)(?: [^:]*)?::(.*)$/;let Screen=class Screen{#e;#t;#r;constructor(e){this.#e=e;let t=t=>r=>e.isTTY?`\x1b[${t}m${r}\x1b[0m`:r;this.#t=t(1),this.#r=t(2)}line(e){this.#e.write(`${e}
`)}title(e){this.line(`
${this.#t(e)}`)}step(e){let t=B.exec(e),r=R.exec(e);t?this.line(this.#t(`  ${t[1]}`)):r?this.line(`  ${r[1]}: ${(r[2]??"").replaceAll("%0D","").replaceAll("%0A",`
  `).replaceAll("%25","%")}`):C.test(e)||this.line(`    ${e}`)}load({requests:e,failed:t,bySlot:r,p50:s,p99:a}){let n=Object.entries(r).map(([e,t])=>`${e} ${t}`);this.line(this.#r(`  load: ${e} requests, ${t} failed, answered by ${n.join(", ")}; p50 ${s} ms, p99 ${a} ms`))}summary(e){this.title("The job summary"),this.line((0,F.H)(e).trimEnd())}};var D=function(e,t,r){if(null!=t){var s,a;if("object"!=typeof t&&"function"!=typeof t)throw TypeError("Object expected.");if(r){if(!Symbol.asyncDispose)throw TypeError("Symbol.asyncDispose is not defined.");s=t[Symbol.asyncDispose]}if(void 0===s){if(!Symbol.dispose)throw TypeError("Symbol.dispose is not defined.");s=t[Symbol.dispose],r&&(a=s)}if("function"!=typeof s)throw TypeError("Object not disposable.");a&&(s=function(){try{a.call(this)}catch(e){return Promise.reject(e)}}),e.stack.push({value:t,dispose:s,async:r})}else r&&e.stack.push({async:!0});return t},V=(s="function"==typeof SuppressedError?SuppressedError:function(e,t,r){var s=Error(r);return s.name="SuppressedError",s.error=e,s.suppressed=t,s},function(e){function t(t){e.error=e.hasError?new s(t,e.error,"An error was suppressed during disposal."):t,e.hasError=!0}var r,a=0;return function s(){for(;r=e.stack.pop();)try{if(!r.async&&1===a)return a=0,e.stack.push(r),Promise.resolve().then(s);if(r.dispose){var n=r.dispose.call(r.value);if(r.async)return a|=2,Promise.resolve(n).then(s,function(e){return t(e),s()})}else a|=1}catch(e){t(e)}if(1===a)return e.hasError?Promise.reject(e.error):Promise.resolve();if(e.hasError)throw e.error}()});let L="demo-output",q="cutover/slot",z={connections:50,pauseMs:50,slotHeader:"x-app-slot",atMostMs:12e4};async function W(e){let t={stack:[],error:void 0,hasError:!1};try{var r,s,a,n;let u,p=function(e){let{fail:t}=(0,i.parseArgs)({args:[...e],options:{fail:{type:"string"}},strict:!1}).values;if(void 0===t)return"none";if("smoke"===t||"bake"===t)return t;throw(0,c.V2)("INVALID_CONFIGURATION",{problems:[`--fail must be smoke or bake; it is "${String(t)}".`]})}(e.arguments.slice(1)),h=new Screen(e.stdout),m=Date.now();h.title(`Cutover demo: shop-blue is live, shop-green gets the new version${"none"===p?"":`, and fails in ${p}`}.`);let f=D(t,await (0,l.Rc)({behaviour:e=>(function(e,t){let{labels:r}=e.metadata;return"smoke"===t&&r?.[q]==="shop-green"?{answers:{"/healthz":K}}:{}})(e,p)}),!0);await f.apply(A),await f.settled();let b=f.serviceUrl(T,"shop");h.line(`An embedded Kubernetes serves on ${f.url}; users reach the shop on ${b}.`);let w=(0,U.b)({url:b,...z}),g=(r=f,s=w,a=h,n=p,u=setInterval(()=>{let e=s.counts();if(a.load(e),"bake"===n&&!((e.bySlot["shop-green"]??0)<500))for(let e of r.instances(T,{[q]:"shop-green"}))e.answer("/healthz",K)},1e3),()=>clearInterval(u)),y=(0,o.resolve)(e.workspace,L),v=await J(f,b,y,e,h);g();let j=await w.stop(),$=await Z(y,v,j);return h.summary(v.summary),h.load(j),h.line(`Files: ${L}/summary.md, ${L}/report.html, ${L}/result.json (with result.schema.json), ${L}/load.json. It took ${(0,d.a3)(Date.now()-m)}.`),function(e,t,r,s){let a=M[r],n=t===a&&0===s.failed;for(let r of(e.title(`${t}: ${s.requests} requests sent, ${s.failed} failed${n?"":`; expected ${a} and 0 failed`}.`),s.errors))e.line(`  ${r}`);return+!n}(h,$,p,j)}catch(e){t.error=e,t.hasError=!0}finally{let e=V(t);e&&await e}}let K={status:500,json:{status:"the basket service does not answer"}};async function J(e,t,r,s,i){let l=await (0,a.mkdtemp)((0,o.join)((0,n.tmpdir)(),"cutover-demo-"));try{var c;return await (0,a.mkdir)((0,o.join)(l,"k8s")),await (0,a.writeFile)((0,o.join)(l,"k8s/shop.yaml"),E),await N({bundle:s.program,inputs:{...(c=e.kubeconfig(),{blue:"shop-blue",green:"shop-green",service:"shop",manifest:"k8s/shop.yaml",image:`registry.example/shop:${S}`,version:S,kubeconfig:c,smoke:x,"live-url":t,"live-checks":I,identity:"{ path: /, header: x-app-version }",settle:"1s",bake:"8s",teardown:"delete"}),"report-directory":r},workspace:l,environment:s.environment,signal:s.signal,line:e=>i.step(e)})}finally{await (0,a.rm)(l,{recursive:!0,force:!0})}}async function Z(e,t,r){await (0,a.mkdir)(e,{recursive:!0});let s=(0,o.join)(e,"result.json"),n=JSON.parse(await (0,a.readFile)(s,"utf8")),{requests:i,failed:l}=r,c={...n.evidence,requests:i,failed:l};return await (0,a.writeFile)(s,`${JSON.stringify({...n,evidence:c},null,2)}
`),await (0,a.writeFile)((0,o.join)(e,"result.schema.json"),`${JSON.stringify(function(){let{$schema:e,...t}=p.bl(Y,{target:"draft-2020-12"});return{$schema:e,$id:"urn:cutover:result:1",title:"result.json",...t}}(),null,2)}
`),await (0,a.writeFile)((0,o.join)(e,"load.json"),`${JSON.stringify(r,null,2)}
`),await (0,a.writeFile)((0,o.join)(e,"summary.md"),t.summary),String(n.result)}},69950:(e,t,r)=>{r.d(t,{U:()=>o,b:()=>n});var s=r(37067),a=r(58500);function n(e){let t=AbortSignal.timeout(e.atMostMs),r=new AbortController,n=AbortSignal.any([t,r.signal]),o=new s.Agent({keepAlive:!0,maxSockets:e.connections}),i={},l=[],c=[],d=[],u=0,p=async(t,r)=>{for(await (0,a.setTimeout)(e.pauseMs*r/e.connections);!n.aborted;){let r=performance.now();u++;try{let{status:a,slot:n}=await function({url:e,slotHeader:t},r){return new Promise((a,n)=>{let o=(0,s.request)(e,{agent:r,timeout:1e4},e=>{e.resume(),e.once("error",n),e.once("end",()=>a({status:e.statusCode??0,slot:String(e.headers[t]??"nobody")}))});o.once("timeout",()=>o.destroy(Error("no answer within 10 s"))),o.once("error",n),o.end()})}(e,t);if(a>=500)throw Error(`HTTP ${a} from ${n}`);i[n]=(i[n]??0)+1,c.push(performance.now()-r)}catch(e){d.push(performance.now()),l.length<5&&l.push(e instanceof Error?e.message:String(e))}await (0,a.setTimeout)(e.pauseMs)}},h=Array.from({length:e.connections},(e,t)=>[p(o,t),p(!1,t)]).flat(),m=()=>{let e=[...c].sort((e,t)=>e-t),t=t=>Math.round(e[Math.floor(e.length*t)]??0);return{requests:u,failed:d.length,bySlot:{...i},errors:[...l],p50:t(.5),p99:t(.99)}};return{counts:m,failedBetween:(e,t)=>d.filter(r=>r>=e&&r<=t).length,stop:async()=>(r.abort(),await Promise.all(h),o.destroy(),m())}}function o(e,t){let r=e.map(e=>n({...t,url:e}));return{counts:()=>i(r.map(e=>e.counts())),failedBetween:(e,t)=>l(r.map(r=>r.failedBetween(e,t))),stop:async()=>i(await Promise.all(r.map(e=>e.stop())))}}function i(e){let t={};for(let[r,s]of e.flatMap(e=>Object.entries(e.bySlot)))t[r]=(t[r]??0)+s;return{requests:l(e.map(({requests:e})=>e)),failed:l(e.map(({failed:e})=>e)),bySlot:t,errors:e.flatMap(({errors:e})=>e).slice(0,5),p50:Math.max(0,...e.map(({p50:e})=>e)),p99:Math.max(0,...e.map(({p99:e})=>e))}}function l(e){return e.reduce((e,t)=>e+t,0)}},69895:(e,t,r)=>{r.d(t,{KY:()=>a,aZ:()=>s,hU:()=>n});let s=["atomic","overlap","steps"],a=["inspect","preflight","claim","deploy","ready","verify","gate-switch","switch","confirm","bake","gate-teardown","drain","teardown","close"],n=["run","plan","deploy","switch","teardown","status","rollback","abort","abort-if-unfinished"]}};
