var oe=globalThis,ae=oe.ShadowRoot&&(oe.ShadyCSS===void 0||oe.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,We=Symbol(),xt=new WeakMap,j=class{constructor(e,t,r){if(this._$cssResult$=!0,r!==We)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=e,this.t=t}get styleSheet(){let e=this.o,t=this.t;if(ae&&e===void 0){let r=t!==void 0&&t.length===1;r&&(e=xt.get(t)),e===void 0&&((this.o=e=new CSSStyleSheet).replaceSync(this.cssText),r&&xt.set(t,e))}return e}toString(){return this.cssText}},le=n=>new j(typeof n=="string"?n:n+"",void 0,We),Ge=(n,...e)=>{let t=n.length===1?n[0]:e.reduce((r,i,s)=>r+(o=>{if(o._$cssResult$===!0)return o.cssText;if(typeof o=="number")return o;throw Error("Value passed to 'css' function must be a 'css' function result: "+o+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(i)+n[s+1],n[0]);return new j(t,n,We)},yt=(n,e)=>{if(ae)n.adoptedStyleSheets=e.map(t=>t instanceof CSSStyleSheet?t:t.styleSheet);else for(let t of e){let r=document.createElement("style"),i=oe.litNonce;i!==void 0&&r.setAttribute("nonce",i),r.textContent=t.cssText,n.appendChild(r)}},je=ae?n=>n:n=>n instanceof CSSStyleSheet?(e=>{let t="";for(let r of e.cssRules)t+=r.cssText;return le(t)})(n):n;var{is:or,defineProperty:ar,getOwnPropertyDescriptor:lr,getOwnPropertyNames:dr,getOwnPropertySymbols:cr,getPrototypeOf:pr}=Object,de=globalThis,wt=de.trustedTypes,ur=wt?wt.emptyScript:"",hr=de.reactiveElementPolyfillSupport,J=(n,e)=>n,Je={toAttribute(n,e){switch(e){case Boolean:n=n?ur:null;break;case Object:case Array:n=n==null?n:JSON.stringify(n)}return n},fromAttribute(n,e){let t=n;switch(e){case Boolean:t=n!==null;break;case Number:t=n===null?null:Number(n);break;case Object:case Array:try{t=JSON.parse(n)}catch{t=null}}return t}},At=(n,e)=>!or(n,e),kt={attribute:!0,type:String,converter:Je,reflect:!1,useDefault:!1,hasChanged:At};Symbol.metadata??=Symbol("metadata"),de.litPropertyMetadata??=new WeakMap;var T=class extends HTMLElement{static addInitializer(e){this._$Ei(),(this.l??=[]).push(e)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(e,t=kt){if(t.state&&(t.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(e)&&((t=Object.create(t)).wrapped=!0),this.elementProperties.set(e,t),!t.noAccessor){let r=Symbol(),i=this.getPropertyDescriptor(e,r,t);i!==void 0&&ar(this.prototype,e,i)}}static getPropertyDescriptor(e,t,r){let{get:i,set:s}=lr(this.prototype,e)??{get(){return this[t]},set(o){this[t]=o}};return{get:i,set(o){let d=i?.call(this);s?.call(this,o),this.requestUpdate(e,d,r)},configurable:!0,enumerable:!0}}static getPropertyOptions(e){return this.elementProperties.get(e)??kt}static _$Ei(){if(this.hasOwnProperty(J("elementProperties")))return;let e=pr(this);e.finalize(),e.l!==void 0&&(this.l=[...e.l]),this.elementProperties=new Map(e.elementProperties)}static finalize(){if(this.hasOwnProperty(J("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(J("properties"))){let t=this.properties,r=[...dr(t),...cr(t)];for(let i of r)this.createProperty(i,t[i])}let e=this[Symbol.metadata];if(e!==null){let t=litPropertyMetadata.get(e);if(t!==void 0)for(let[r,i]of t)this.elementProperties.set(r,i)}this._$Eh=new Map;for(let[t,r]of this.elementProperties){let i=this._$Eu(t,r);i!==void 0&&this._$Eh.set(i,t)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(e){let t=[];if(Array.isArray(e)){let r=new Set(e.flat(1/0).reverse());for(let i of r)t.unshift(je(i))}else e!==void 0&&t.push(je(e));return t}static _$Eu(e,t){let r=t.attribute;return r===!1?void 0:typeof r=="string"?r:typeof e=="string"?e.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(e=>this.enableUpdating=e),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(e=>e(this))}addController(e){(this._$EO??=new Set).add(e),this.renderRoot!==void 0&&this.isConnected&&e.hostConnected?.()}removeController(e){this._$EO?.delete(e)}_$E_(){let e=new Map,t=this.constructor.elementProperties;for(let r of t.keys())this.hasOwnProperty(r)&&(e.set(r,this[r]),delete this[r]);e.size>0&&(this._$Ep=e)}createRenderRoot(){let e=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return yt(e,this.constructor.elementStyles),e}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(e=>e.hostConnected?.())}enableUpdating(e){}disconnectedCallback(){this._$EO?.forEach(e=>e.hostDisconnected?.())}attributeChangedCallback(e,t,r){this._$AK(e,r)}_$ET(e,t){let r=this.constructor.elementProperties.get(e),i=this.constructor._$Eu(e,r);if(i!==void 0&&r.reflect===!0){let s=(r.converter?.toAttribute!==void 0?r.converter:Je).toAttribute(t,r.type);this._$Em=e,s==null?this.removeAttribute(i):this.setAttribute(i,s),this._$Em=null}}_$AK(e,t){let r=this.constructor,i=r._$Eh.get(e);if(i!==void 0&&this._$Em!==i){let s=r.getPropertyOptions(i),o=typeof s.converter=="function"?{fromAttribute:s.converter}:s.converter?.fromAttribute!==void 0?s.converter:Je;this._$Em=i;let d=o.fromAttribute(t,s.type);this[i]=d??this._$Ej?.get(i)??d,this._$Em=null}}requestUpdate(e,t,r,i=!1,s){if(e!==void 0){let o=this.constructor;if(i===!1&&(s=this[e]),r??=o.getPropertyOptions(e),!((r.hasChanged??At)(s,t)||r.useDefault&&r.reflect&&s===this._$Ej?.get(e)&&!this.hasAttribute(o._$Eu(e,r))))return;this.C(e,t,r)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(e,t,{useDefault:r,reflect:i,wrapped:s},o){r&&!(this._$Ej??=new Map).has(e)&&(this._$Ej.set(e,o??t??this[e]),s!==!0||o!==void 0)||(this._$AL.has(e)||(this.hasUpdated||r||(t=void 0),this._$AL.set(e,t)),i===!0&&this._$Em!==e&&(this._$Eq??=new Set).add(e))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(t){Promise.reject(t)}let e=this.scheduleUpdate();return e!=null&&await e,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[i,s]of this._$Ep)this[i]=s;this._$Ep=void 0}let r=this.constructor.elementProperties;if(r.size>0)for(let[i,s]of r){let{wrapped:o}=s,d=this[i];o!==!0||this._$AL.has(i)||d===void 0||this.C(i,void 0,s,d)}}let e=!1,t=this._$AL;try{e=this.shouldUpdate(t),e?(this.willUpdate(t),this._$EO?.forEach(r=>r.hostUpdate?.()),this.update(t)):this._$EM()}catch(r){throw e=!1,this._$EM(),r}e&&this._$AE(t)}willUpdate(e){}_$AE(e){this._$EO?.forEach(t=>t.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(e)),this.updated(e)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(e){return!0}update(e){this._$Eq&&=this._$Eq.forEach(t=>this._$ET(t,this[t])),this._$EM()}updated(e){}firstUpdated(e){}};T.elementStyles=[],T.shadowRootOptions={mode:"open"},T[J("elementProperties")]=new Map,T[J("finalized")]=new Map,hr?.({ReactiveElement:T}),(de.reactiveElementVersions??=[]).push("2.1.2");var Qe=globalThis,Et=n=>n,ce=Qe.trustedTypes,Tt=ce?ce.createPolicy("lit-html",{createHTML:n=>n}):void 0,Xe="$lit$",S=`lit$${Math.random().toFixed(9).slice(2)}$`,et="?"+S,fr=`<${et}>`,H=document,Q=()=>H.createComment(""),X=n=>n===null||typeof n!="object"&&typeof n!="function",tt=Array.isArray,Mt=n=>tt(n)||typeof n?.[Symbol.iterator]=="function",Ye=`[ 	
\f\r]`,Y=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,St=/-->/g,_t=/>/g,N=RegExp(`>|${Ye}(?:([^\\s"'>=/]+)(${Ye}*=${Ye}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),Rt=/'/g,zt=/"/g,Pt=/^(?:script|style|textarea|title)$/i,nt=n=>(e,...t)=>({_$litType$:n,strings:e,values:t}),a=nt(1),U=nt(2),xi=nt(3),A=Symbol.for("lit-noChange"),u=Symbol.for("lit-nothing"),Ct=new WeakMap,O=H.createTreeWalker(H,129);function Lt(n,e){if(!tt(n)||!n.hasOwnProperty("raw"))throw Error("invalid template strings array");return Tt!==void 0?Tt.createHTML(e):e}var Nt=(n,e)=>{let t=n.length-1,r=[],i,s=e===2?"<svg>":e===3?"<math>":"",o=Y;for(let d=0;d<t;d++){let c=n[d],l,p,h=-1,f=0;for(;f<c.length&&(o.lastIndex=f,p=o.exec(c),p!==null);)f=o.lastIndex,o===Y?p[1]==="!--"?o=St:p[1]!==void 0?o=_t:p[2]!==void 0?(Pt.test(p[2])&&(i=RegExp("</"+p[2],"g")),o=N):p[3]!==void 0&&(o=N):o===N?p[0]===">"?(o=i??Y,h=-1):p[1]===void 0?h=-2:(h=o.lastIndex-p[2].length,l=p[1],o=p[3]===void 0?N:p[3]==='"'?zt:Rt):o===zt||o===Rt?o=N:o===St||o===_t?o=Y:(o=N,i=void 0);let b=o===N&&n[d+1].startsWith("/>")?" ":"";s+=o===Y?c+fr:h>=0?(r.push(l),c.slice(0,h)+Xe+c.slice(h)+S+b):c+S+(h===-2?d:b)}return[Lt(n,s+(n[t]||"<?>")+(e===2?"</svg>":e===3?"</math>":"")),r]},ee=class n{constructor({strings:e,_$litType$:t},r){let i;this.parts=[];let s=0,o=0,d=e.length-1,c=this.parts,[l,p]=Nt(e,t);if(this.el=n.createElement(l,r),O.currentNode=this.el.content,t===2||t===3){let h=this.el.content.firstChild;h.replaceWith(...h.childNodes)}for(;(i=O.nextNode())!==null&&c.length<d;){if(i.nodeType===1){if(i.hasAttributes())for(let h of i.getAttributeNames())if(h.endsWith(Xe)){let f=p[o++],b=i.getAttribute(h).split(S),$=/([.?@])?(.*)/.exec(f);c.push({type:1,index:s,name:$[2],strings:b,ctor:$[1]==="."?ue:$[1]==="?"?he:$[1]==="@"?fe:F}),i.removeAttribute(h)}else h.startsWith(S)&&(c.push({type:6,index:s}),i.removeAttribute(h));if(Pt.test(i.tagName)){let h=i.textContent.split(S),f=h.length-1;if(f>0){i.textContent=ce?ce.emptyScript:"";for(let b=0;b<f;b++)i.append(h[b],Q()),O.nextNode(),c.push({type:2,index:++s});i.append(h[f],Q())}}}else if(i.nodeType===8)if(i.data===et)c.push({type:2,index:s});else{let h=-1;for(;(h=i.data.indexOf(S,h+1))!==-1;)c.push({type:7,index:s}),h+=S.length-1}s++}}static createElement(e,t){let r=H.createElement("template");return r.innerHTML=e,r}};function I(n,e,t=n,r){if(e===A)return e;let i=r!==void 0?t._$Co?.[r]:t._$Cl,s=X(e)?void 0:e._$litDirective$;return i?.constructor!==s&&(i?._$AO?.(!1),s===void 0?i=void 0:(i=new s(n),i._$AT(n,t,r)),r!==void 0?(t._$Co??=[])[r]=i:t._$Cl=i),i!==void 0&&(e=I(n,i._$AS(n,e.values),i,r)),e}var pe=class{constructor(e,t){this._$AV=[],this._$AN=void 0,this._$AD=e,this._$AM=t}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(e){let{el:{content:t},parts:r}=this._$AD,i=(e?.creationScope??H).importNode(t,!0);O.currentNode=i;let s=O.nextNode(),o=0,d=0,c=r[0];for(;c!==void 0;){if(o===c.index){let l;c.type===2?l=new q(s,s.nextSibling,this,e):c.type===1?l=new c.ctor(s,c.name,c.strings,this,e):c.type===6&&(l=new ge(s,this,e)),this._$AV.push(l),c=r[++d]}o!==c?.index&&(s=O.nextNode(),o++)}return O.currentNode=H,i}p(e){let t=0;for(let r of this._$AV)r!==void 0&&(r.strings!==void 0?(r._$AI(e,r,t),t+=r.strings.length-2):r._$AI(e[t])),t++}},q=class n{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(e,t,r,i){this.type=2,this._$AH=u,this._$AN=void 0,this._$AA=e,this._$AB=t,this._$AM=r,this.options=i,this._$Cv=i?.isConnected??!0}get parentNode(){let e=this._$AA.parentNode,t=this._$AM;return t!==void 0&&e?.nodeType===11&&(e=t.parentNode),e}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(e,t=this){e=I(this,e,t),X(e)?e===u||e==null||e===""?(this._$AH!==u&&this._$AR(),this._$AH=u):e!==this._$AH&&e!==A&&this._(e):e._$litType$!==void 0?this.$(e):e.nodeType!==void 0?this.T(e):Mt(e)?this.k(e):this._(e)}O(e){return this._$AA.parentNode.insertBefore(e,this._$AB)}T(e){this._$AH!==e&&(this._$AR(),this._$AH=this.O(e))}_(e){this._$AH!==u&&X(this._$AH)?this._$AA.nextSibling.data=e:this.T(H.createTextNode(e)),this._$AH=e}$(e){let{values:t,_$litType$:r}=e,i=typeof r=="number"?this._$AC(e):(r.el===void 0&&(r.el=ee.createElement(Lt(r.h,r.h[0]),this.options)),r);if(this._$AH?._$AD===i)this._$AH.p(t);else{let s=new pe(i,this),o=s.u(this.options);s.p(t),this.T(o),this._$AH=s}}_$AC(e){let t=Ct.get(e.strings);return t===void 0&&Ct.set(e.strings,t=new ee(e)),t}k(e){tt(this._$AH)||(this._$AH=[],this._$AR());let t=this._$AH,r,i=0;for(let s of e)i===t.length?t.push(r=new n(this.O(Q()),this.O(Q()),this,this.options)):r=t[i],r._$AI(s),i++;i<t.length&&(this._$AR(r&&r._$AB.nextSibling,i),t.length=i)}_$AR(e=this._$AA.nextSibling,t){for(this._$AP?.(!1,!0,t);e!==this._$AB;){let r=Et(e).nextSibling;Et(e).remove(),e=r}}setConnected(e){this._$AM===void 0&&(this._$Cv=e,this._$AP?.(e))}},F=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(e,t,r,i,s){this.type=1,this._$AH=u,this._$AN=void 0,this.element=e,this.name=t,this._$AM=i,this.options=s,r.length>2||r[0]!==""||r[1]!==""?(this._$AH=Array(r.length-1).fill(new String),this.strings=r):this._$AH=u}_$AI(e,t=this,r,i){let s=this.strings,o=!1;if(s===void 0)e=I(this,e,t,0),o=!X(e)||e!==this._$AH&&e!==A,o&&(this._$AH=e);else{let d=e,c,l;for(e=s[0],c=0;c<s.length-1;c++)l=I(this,d[r+c],t,c),l===A&&(l=this._$AH[c]),o||=!X(l)||l!==this._$AH[c],l===u?e=u:e!==u&&(e+=(l??"")+s[c+1]),this._$AH[c]=l}o&&!i&&this.j(e)}j(e){e===u?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,e??"")}},ue=class extends F{constructor(){super(...arguments),this.type=3}j(e){this.element[this.name]=e===u?void 0:e}},he=class extends F{constructor(){super(...arguments),this.type=4}j(e){this.element.toggleAttribute(this.name,!!e&&e!==u)}},fe=class extends F{constructor(e,t,r,i,s){super(e,t,r,i,s),this.type=5}_$AI(e,t=this){if((e=I(this,e,t,0)??u)===A)return;let r=this._$AH,i=e===u&&r!==u||e.capture!==r.capture||e.once!==r.once||e.passive!==r.passive,s=e!==u&&(r===u||i);i&&this.element.removeEventListener(this.name,this,r),s&&this.element.addEventListener(this.name,this,e),this._$AH=e}handleEvent(e){typeof this._$AH=="function"?this._$AH.call(this.options?.host??this.element,e):this._$AH.handleEvent(e)}},ge=class{constructor(e,t,r){this.element=e,this.type=6,this._$AN=void 0,this._$AM=t,this.options=r}get _$AU(){return this._$AM._$AU}_$AI(e){I(this,e)}},Ot={M:Xe,P:S,A:et,C:1,L:Nt,R:pe,D:Mt,V:I,I:q,H:F,N:he,U:fe,B:ue,F:ge},gr=Qe.litHtmlPolyfillSupport;gr?.(ee,q),(Qe.litHtmlVersions??=[]).push("3.3.3");var Ht=(n,e,t)=>{let r=t?.renderBefore??e,i=r._$litPart$;if(i===void 0){let s=t?.renderBefore??null;r._$litPart$=i=new q(e.insertBefore(Q(),s),s,void 0,t??{})}return i._$AI(n),i};var rt=globalThis,y=class extends T{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let e=super.createRenderRoot();return this.renderOptions.renderBefore??=e.firstChild,e}update(e){let t=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(e),this._$Do=Ht(t,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return A}};y._$litElement$=!0,y.finalized=!0,rt.litElementHydrateSupport?.({LitElement:y});var mr=rt.litElementPolyfillSupport;mr?.({LitElement:y});(rt.litElementVersions??=[]).push("4.2.2");var v=class extends Error{constructor(t,r=""){super(`${t}: ${r}`);this.kind=t;this.detail=r}},br=.8,vr=2,$r=5e3,me=class{constructor(e,t){this.endpoint=e;this.provider=t}#e;#t;async get(e,t,r){let i=t.map(([d,c])=>`${d}=${encodeURIComponent(c)}`).join("&"),s=`${this.endpoint}${e}${i&&`?${i}`}`,o=!1;for(let d=0;;d+=1){let c=await this.#n(s,r);if(c.ok)return c.text();if(c.status===401&&!o){o=!0,this.#e=void 0;continue}let l=await xr(c);if(l.kind!=="unavailable"||d>=vr)throw l;let p=Number(c.headers.get("Retry-After")??"1");await wr(Math.min(p*1e3,$r),r)}}async#n(e,t){let r={Authorization:`Bearer ${await this.#r()}`};try{return await fetch(e,{headers:r,credentials:"omit",cache:"no-store",signal:t??null})}catch(i){throw t?.aborted?i:new v("unreachable")}}async#r(){let e=Date.now();return!this.#e||e>=this.#e.endsAt?await this.#i():e>=this.#e.renewAt&&this.#i().catch(()=>{}),this.#e?.token??""}#i(){return this.#t??=this.#o().finally(()=>this.#t=void 0),this.#t}async#o(){try{let{token:e,expires_at:t}=await this.provider(),[r,i]=[Date.now(),Date.parse(t)],s=!(i>r),o=r+(i-r)*br;this.#e={token:e,endsAt:s?1/0:i,renewAt:s?1/0:o}}catch(e){throw e instanceof v?e:new v(e instanceof TypeError?"unreachable":"ended")}}};async function xr(n){let e=await n.json().catch(()=>({})),t=String(e.type??"").split(":").at(-1),i=(e.errors??[]).map(s=>`${s.pointer}: ${s.found}; ${s.allowed}`).join(`
`)||e.detail;return new v(yr(n.status,t),i??n.statusText)}function yr(n,e){return n===401?"ended":e==="plan-required"?"plan":n===403?"not-allowed":n===404?"not-found":n===400?"invalid":e==="segment-unreadable"?"other":n===429||n>=500?"unavailable":"other"}function wr(n,e){return new Promise((t,r)=>{let i=setTimeout(t,n);e?.addEventListener("abort",()=>{clearTimeout(i),r(e.reason)})})}var B=class{constructor(e,t,r,i,s,o=10){this.api=e;this.parameters=t;this.groupBy=r;this.zone=i;this.changed=s;this.top=o;this.total=0;this.failed=0;this.interval="1d";this.others=0;this.skipped=0;this.isComplete=!1;this.hasAnswer=!1;this.#e=new Map;this.#t=new Map;this.#r=new AbortController}#e;#t;#n;#r;groups(){return[...this.#e.values()].sort((e,t)=>t.count-e.count||String(e.key).localeCompare(String(t.key)))}bars(){return this.#n??=[...this.#t.values()].sort((e,t)=>e.at-t.at)}async load(){let e=[["group_by",this.groupBy]];e.push(this.groupBy==="time"?["zone",this.zone]:["top",String(this.top)]);let t=null;try{do{let r=t===null?[]:[["cursor",t]],i=await this.api.get("/stats",[...this.parameters,...e,...r],this.#r.signal),s=JSON.parse(i);this.#i(s),t=s.next_cursor,this.isComplete=t===null,this.changed()}while(t!==null)}catch(r){if(this.#r.signal.aborted)return;this.failure=r instanceof v?r:new v("other",String(r)),this.changed()}}stop(){this.#r.abort()}#i(e){this.hasAnswer=!0,this.#n=void 0,this.total+=e.total,this.failed+=e.failed,this.skipped+=e.skipped??0,this.interval=e.interval??this.interval,this.others=e.others?.groups??0,this.scannedThrough=e.scanned_through;for(let{time:t,...r}of e.groups??[])if(t!==void 0){let i=this.#t.get(t)??{time:t,at:Date.parse(t),count:0,failed:0};this.#t.set(t,{...i,count:i.count+r.count,failed:i.failed+r.failed})}else{let i=r.key??null;this.#e.set(i,kr(this.#e.get(i),{...r,key:i}))}}};function kr(n,e){if(!n)return e;let t={...e,...n,count:n.count+e.count,failed:n.failed+e.failed};return e.first?{...t,first:e.first}:t}var It={"	":"TAB","\n":"LINE FEED","\r":"CARRIAGE RETURN","\0":"NULL","\x1B":"ESCAPE","­":"SOFT HYPHEN","؜":"ARABIC LETTER MARK","​":"ZERO WIDTH SPACE","‎":"LEFT-TO-RIGHT MARK","‏":"RIGHT-TO-LEFT MARK","‪":"LEFT-TO-RIGHT EMBEDDING","‫":"RIGHT-TO-LEFT EMBEDDING","‬":"POP DIRECTIONAL FORMATTING","‭":"LEFT-TO-RIGHT OVERRIDE","‮":"RIGHT-TO-LEFT OVERRIDE","⁦":"LEFT-TO-RIGHT ISOLATE","⁧":"RIGHT-TO-LEFT ISOLATE","⁨":"FIRST STRONG ISOLATE","⁩":"POP DIRECTIONAL ISOLATE","\uFEFF":"ZERO WIDTH NO-BREAK SPACE"},Ft=new RegExp("[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u115f\\u1160\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffb]|[\\u{e0000}-\\u{e007f}]|\\p{Cs}","gu");function m(n){return a`<bdi>${Ar(n)}</bdi>`}function Ar(n){if(n.search(Ft)<0)return n;let e=[],t=0;for(let{0:r,index:i}of n.matchAll(Ft)){let s=`U+${(r.codePointAt(0)??0).toString(16).toUpperCase().padStart(4,"0")}`,o=It[r]?`${s} ${It[r]}`:s;e.push(n.slice(t,i),a`<span class="mark" role="img" aria-label=${o} title=${o}>${s}</span>`),t=i+r.length}return[...e,n.slice(t)]}var Er={check:"M3 8.5l3.2 3.2L13 5",cross:"M4 4l8 8M12 4l-8 8",failed:"M8 1.8l6.4 11.4H1.6zM8 6v3.4M8 11.4v.2",search:"M7 12A5 5 0 107 2a5 5 0 000 10zM10.6 10.6L14 14",clock:"M8 14A6 6 0 108 2a6 6 0 000 12zM8 4.6V8l2.4 1.6",globe:"M8 14A6 6 0 108 2a6 6 0 000 12zM2 8h12M8 2c2 2 2.6 4 2.6 6S10 12 8 14C6 12 5.4 10 5.4 8S6 4 8 2z",down:"M4 6l4 4 4-4",up:"M4 10l4-4 4 4",right:"M6 4l4 4-4 4",link:"M6.6 9.4a2.6 2.6 0 003.7 0l2.4-2.4a2.6 2.6 0 00-3.7-3.7l-.9.9M9.4 6.6a2.6 2.6 0 00-3.7 0L3.3 9a2.6 2.6 0 003.7 3.7l.9-.9",copy:"M5.5 5.5h7v8h-7zM3.5 10.5v-8h7",seal:"M8 1.8l5 2v4c0 3.2-2 5.2-5 6.4-3-1.2-5-3.2-5-6.4v-4zM5.6 7.8l1.8 1.8 3-3.4",report:"M4 1.8h5.5L12.5 5v9.2H4zM9 2v3.4h3.4M6 8.2h4.4M6 10.8h4.4",keyboard:"M1.8 4h12.4v8.4H1.8zM4 6.6h.2M6.6 6.6h.2M9.2 6.6h.2M11.8 6.6h.2M5 9.8h6",equal:"M3 6h10M3 10h10",unequal:"M3 6h10M3 10h10M10.5 3l-5 10",around:"M8 2v3M8 11v3M3 8h10M5 5.6L2.6 8 5 10.4M11 5.6L13.4 8 11 10.4",person:"M8 8a2.8 2.8 0 100-5.6A2.8 2.8 0 008 8zM2.8 14c.4-2.8 2.4-4.2 5.2-4.2s4.8 1.4 5.2 4.2",arrow:"M3 8h10M9.5 4.5L13 8l-3.5 3.5"};function g(n){return U`<svg class=${`icon icon-${n}`} viewBox="0 0 16 16" aria-hidden="true"><path d=${Er[n]}></path></svg>`}var be=class{constructor(e,t,r,i){this.id=t;let s=o=>new B(e,[["actor",t]],o,r,i,20);[this.actor,this.addresses,this.actions]=[s("actor"),s("ip"),s("action")]}async load(){for(let e of[this.actor,this.addresses,this.actions])await e.load()}stop(){for(let e of[this.actor,this.addresses,this.actions])e.stop()}};function qt(n,e){let{words:t}=n.locale,[r]=e.actor.groups().filter(({key:p})=>p===e.id||e.actor.groups().length===1),i=r?.name||r?.email||n.names.of("actor",e.id)||e.id,{total:s,failed:o,isComplete:d}=e.actor,c=p=>n.locale.number(p),l=p=>n.change({filters:p,panel:void 0,around:void 0});return a`<div class="panel-head">
<h3>${t.actor}</h3>
<button
type="button"
class="tool"
aria-label=${t.close}
title=${`${t.close} (Esc)`}
@click=${()=>n.change({panel:void 0})}
>
${g("cross")}
</button>
</div>
<div class="panel-body" tabindex="0" role="group" aria-label=${t.actor}>
<p class="sentence">
<strong>${m(i)}</strong> ${r?.type?a`<span class="tag">${t.actorTypes[r.type]??r.type}</span>`:u}
</p>
<p class="when">
<code>${m(e.id)}</code
>${r?.email&&r.email!==i?a` · ${m(r.email)}`:u}
</p>
<div class="figures">
<div><strong>${c(s)}</strong> ${t.events(c(s)).replace(/^\S+ /,"")}</div>
<div class=${o?"is-failed":""}><strong>${c(o)}</strong> ${t.failures("").trim()}</div>
</div>
<p class="quiet" role="status">${d?s?u:t.noEventsOf:t.counting}</p>
<div class="actions">
<button type="button" class="primary" @click=${()=>l({actor:[e.id]})}>
${g("equal")}${t.allOfActor}
</button>
<button
type="button"
?disabled=${o===0}
@click=${()=>l({actor:[e.id],result:["failed"]})}
>
${g("failed")}${t.onlyFailures}
</button>
</div>
<dl>
${r?.first?a`<div class="entry">
<dt>${t.firstSeen}</dt>
<dd>
<span class="text"
><time datetime=${r.first}>${n.locale.minute(Date.parse(r.first))}</time>
${n.locale.zone}</span
>
</dd>
</div>`:u}
${r?.last?a`<div class="entry">
<dt>${t.lastSeen}</dt>
<dd>
<span class="text"
><time datetime=${r.last}>${n.locale.minute(Date.parse(r.last))}</time>
${n.locale.zone}</span
>
</dd>
</div>`:u}
</dl>
${Dt(n,t.addresses,e.addresses,"ip",e.id)}
${Dt(n,t.actions,e.actions,"action",e.id)}
</div>`}function Dt(n,e,t,r,i){let{words:s}=n.locale,o=l=>n.locale.number(l),d=(l,p)=>()=>n.change({filters:{...p&&{actor:[i]},[r]:[l]},panel:void 0,around:void 0}),c=t.groups().filter(({key:l})=>l!==null);return a`<section>
<h4>${e}</h4>
${c.length?a`<table class="tally" aria-label=${e}>
<tbody>
${c.map(l=>a`<tr>
<th scope="row">
<button type="button" class="plain" @click=${d(l.key??"",r==="action")}>
${m(l.key??"")}
</button>
</th>
<td>
${r==="ip"&&l.first&&l.last?`${n.locale.date(Date.parse(l.first))} – ${n.locale.date(Date.parse(l.last))}`:u}
</td>
<td>${o(l.count)}</td>
<td class="is-failed">${l.failed?s.failures(o(l.failed)):u}</td>
</tr>`)}
</tbody>
</table>`:a`<p class="quiet">${t.isComplete?s.noValue:s.counting}</p>`}
</section>`}var Ut=new Map;function ve(n,e){let t=n+JSON.stringify(e),r=Ut.get(t);return r||Ut.set(t,r=new Intl.DateTimeFormat(n,e)),r}function $e(n){try{return ve("en",{timeZone:n}),!0}catch{return!1}}function xe(){return Intl.DateTimeFormat().resolvedOptions().timeZone}function _(n,e){if(e==="UTC")return n;let t=Math.floor(n/1e3)*1e3,r=ve("en-US",{timeZone:e,hourCycle:"h23",year:"numeric",month:"numeric",day:"numeric",hour:"numeric",minute:"numeric",second:"numeric"}).formatToParts(t),[i,s,o,d,c,l]=["year","month","day","hour","minute","second"].map(p=>Number(r.find(h=>h.type===p)?.value));return Date.UTC(i??0,(s??1)-1,o,d,c,l)+(n-t)}function R(n,e){let t=n-(_(n,e)-n);return n-(_(t,e)-t)}function ye(n,e,t,r){let s={"15m":9e5,"1h":36e5}[e];if(s)return n+s*r;let o=new Date(_(n,t)),[d,c]=e==="1mo"?[r,0]:[0,e==="1w"?7*r:r],l=Date.UTC(o.getUTCFullYear(),o.getUTCMonth()+d,o.getUTCDate()+c);return R(l,t)}function it(n,e){if(e==="UTC")return"Z";let t=Math.floor(n/1e3)*1e3,r=Math.round((_(t,e)-t)/6e4),i=s=>String(s).padStart(2,"0");return`${r<0?"-":"+"}${i(Math.floor(Math.abs(r)/60))}:${i(Math.abs(r)%60)}`}function z(n,e){if(e==="UTC")return n;let t=Date.parse(n),r=/\.\d+/.exec(n)?.[0]??"";return new Date(_(t,e)).toISOString().slice(0,19)+r+it(t,e)}var Tr={m:6e4,h:36e5,d:864e5,w:7*864e5},M=864e5,ke=["1h","24h","7d","30d","90d","365d"];function Vt(n,e){let[,t,r]=/^(\d{1,5})([mhdw])$/.exec(n.last??"")??[];return t&&r?{from:new Date(e-Number(t)*(Tr[r]??0)).toISOString()}:{...n.from&&{from:n.from},...n.to&&{to:n.to}}}function Ae(n,e,t){let r=n.trim().toLowerCase().replace(/\s+/g," "),i=/^(?:last|past|letzten?|vergangenen?)? ?(\d{1,4}) ?(m|min|minutes?|minuten?|h|hours?|stunden?|d|days?|tagen?|tag|w|weeks?|wochen?)$/.exec(r);if(i?.[1]&&i[2]){let s={s:"h",t:"d"}[i[2][0]??""]??i[2][0];return{last:`${i[1]}${s}`}}return Sr(r,e,t)??_r(r,e)}function Sr(n,e,t){let r=Math.floor(_(t,e)/M)*M,i=new Date(r),s=r-(i.getUTCDay()+6)%7*M,o=h=>Date.UTC(i.getUTCFullYear(),i.getUTCMonth()+h,1),d={today:[r],heute:[r],yesterday:[r-M,r],gestern:[r-M,r],"this week":[s],"diese woche":[s],"last week":[s-7*M,s],"letzte woche":[s-7*M,s],"this month":[o(0)],"dieser monat":[o(0)],"last month":[o(-1),o(0)],"letzter monat":[o(-1),o(0)]},c=Object.hasOwn(d,n)?d[n]:void 0;if(!c)return;let[l,p]=c;return{from:we(R(l,e)),...p!==void 0&&{to:we(R(p,e))}}}function _r(n,e){let[t,r,...i]=n.split(/ ?\.\.\.? ?| – | bis | to /);if(i.length>0||!t&&!r)return;let s=t?Bt(t,e):void 0,o=r===void 0?s:r?Bt(r,e):void 0;if(t&&!s||r&&!o)return;let d={...s&&{from:we(s.start)},...o&&{to:we(o.end)}};return d.from&&d.to&&d.from>=d.to?void 0:d}function Bt(n,e){let t=/^(\d{4})-(\d\d)(?:-(\d\d))?(?:[t ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(z|[+-]\d\d:\d\d)?)?$/.exec(n);if(!t)return;let[r,i,s,o,d,c]=t.slice(1,7).map(h=>h?Number(h):void 0);if(r===void 0||i===void 0||i<1||i>12)return;if(o!==void 0){if(t[7]){let f=Date.parse(n.replace(" ","T").toUpperCase());return Number.isNaN(f)?void 0:{start:f,end:f}}let h=R(Date.UTC(r,i-1,s,o,d,c??0),e);return{start:h,end:h}}let l=Date.UTC(r,i-1,s??1);if(s!==void 0&&new Date(l).getUTCDate()!==s)return;let p=s===void 0?Date.UTC(r,i,1):l+M;return{start:R(l,e),end:R(p,e)}}function we(n){return new Date(n).toISOString()}var w=["actor","action","category","target","result","ip","request_id","not_actor","not_action","not_ip"],Zt=[1,5,30];function V({filters:n},e,t){let r=e==="result"?[]:n[e]??[];return r.includes(t)?n:{...n,[e]:[...r,t]}}function Kt({filters:n},e,t){let r=(n[e]??[]).filter(o=>o!==t),{[e]:i,...s}=n;return r.length?{...s,[e]:r}:s}function Ee({filters:n},e,t){let{[`not_${e}`]:r,...i}=n;return{...i,[e]:[t]}}function Wt(n,e){if(n.around){let r=Gt(n.around.id),i=n.around.minutes*6e4;return[["from",new Date(r-i).toISOString()],["to",new Date(r+i+1).toISOString()]]}return[...w.flatMap(r=>(n.filters[r]??[]).map(i=>[r,i])),...Object.entries(Vt(n.range,e))]}function Gt(n){return Number.parseInt(n.replace("-","").slice(0,12),16)}function Te(n){return Object.keys(n.filters).length>0||Object.keys(n.range).length>0}function jt(n,e){let t=new URLSearchParams;for(let r of w)for(let i of n.filters[r]??[])t.append(r,i);for(let[r,i]of Object.entries(n.range))t.set(r,i);return n.order!==e.order&&t.set("order",n.order),n.zone!==e.zone&&t.set("zone",n.zone),n.around&&(t.set("around",n.around.id),t.set("minutes",String(n.around.minutes))),n.panel&&t.set("panel",n.panel),n.event&&t.set("event",n.event),n.report&&t.set("report","1"),t.toString()}function Jt(n,e){let t=new URLSearchParams(n),r={};for(let p of w){let h=t.getAll(p).filter(f=>p!=="result"||f==="failed"||f==="succeeded");h.length&&(r[p]=[...new Set(p==="result"?h.slice(0,1):h)])}let i={},s=t.get("last");if(s&&/^\d{1,5}[mhdw]$/.test(s))i.last=s;else for(let p of["from","to"]){let h=t.get(p);h&&!Number.isNaN(Date.parse(h))&&(i[p]=h)}let[o,d,c]=[t.get("around"),t.get("zone"),t.get("order")],l=Number(t.get("minutes")??"5");return{filters:r,range:i,order:c==="oldest"||c==="newest"?c:e.order,zone:d&&$e(d)?d:e.zone,event:t.get("event")??void 0,around:o&&!Number.isNaN(Gt(o))&&l>0&&l<=1440?{id:o,minutes:l}:void 0,panel:t.get("panel")??void 0,report:t.get("report")==="1"||void 0}}function Yt(n){return[...w,"last","from","to","order","zone","around","minutes","panel","event","report"].includes(n)}var Se=class{constructor(e,t){this.place=e;this.base=t}read(){return this.place==="none"?this.base:Jt(this.place==="query"?location.search:location.hash.slice(1),this.base)}link(e){let t=jt(e,this.base);if(this.place!=="query")return`#${t}`;let r=[...new URLSearchParams(location.search)].filter(([s])=>!Yt(s)),i=[new URLSearchParams(r).toString(),t].filter(Boolean);return`${location.pathname}${i.length?`?${i.join("&")}`:""}`}write(e){if(this.place==="none")return;let t=this.link(e),r=new URL(t==="#"?location.pathname+location.search:t,location.href).href;r!==location.href&&history.pushState(history.state,"",r)}};function Xt(n){return st(n,D(n,0))}function*ze(n,e){let t=D(n,e+1);for(;n[t]==='"';){let r=Re(n,t),i=D(n,D(n,r)+1),s=Re(n,i);yield[JSON.parse(n.slice(t,r)),i,s],t=en(n,s)}}function*ot(n,e){let t=D(n,e+1);for(;t<n.length&&n[t]!=="]";){let r=Re(n,t);yield[t,r],t=en(n,r)}}function _e(n,e=""){let t=`${e}  `;return n.kind==="object"&&n.members.length>0?`{
${n.members.map(([i,s])=>`${t}${JSON.stringify(i)}: ${_e(s,t)}`).join(`,
`)}
${e}}`:n.kind==="array"&&n.items.length>0?`[
${n.items.map(r=>t+_e(r,t)).join(`,
`)}
${e}]`:n.raw}function st(n,e){let t=n.slice(e,Re(n,e));switch(t[0]){case"{":{let r=[...ze(n,e)];return{kind:"object",raw:t,members:r.map(([i,s])=>[i,st(n,s)])}}case"[":return{kind:"array",raw:t,items:[...ot(n,e)].map(([r])=>st(n,r))};case'"':return{kind:"string",raw:t,text:JSON.parse(t)};default:return{kind:/^[tfn]/.test(t)?"literal":"number",raw:t}}}function Re(n,e){let t=n[e];if(t==='"')return Qt(n,e);let r=e;if(t!=="{"&&t!=="["){for(;r<n.length&&!/[\s,\]}]/.test(n[r]??"");)r+=1;return r}let i=0;for(;r<n.length;){let s=n[r];if(s==='"'){r=Qt(n,r);continue}if((s==="{"||s==="[")&&(i+=1),(s==="}"||s==="]")&&(i-=1),r+=1,i===0)return r}return r}function Qt(n,e){for(let t=e+1;t<n.length;t+=1){let r=n[t];if(r==="\\")t+=1;else if(r==='"')return t+1}return n.length}function en(n,e){let t=D(n,e);return n[t]===","?D(n,t+1):n.length}function D(n,e){for(;e<n.length&&` 
\r	`.includes(n[e]??"");)e+=1;return e}function nn(n,e){let t=Xt(n),r=t.kind==="object"?t.members:[],i=Rr(r),s=i.length?r.filter(([o])=>o!=="changes"):r;return a` ${i.length?zr(i,e):u}
${s.length?a`<section>
<h4>${e.details}</h4>
<div role="group" aria-label=${e.details} class="tree">${rn(s)}</div>
</section>`:u}
<details class="raw">
<summary>${e.rawText}</summary>
<pre part="raw" tabindex="0">${_e(t)}</pre>
</details>`}function Rr(n){let e=n.find(([r])=>r==="changes")?.[1];if(e?.kind!=="array")return[];let t=e.items.map(r=>{if(r.kind!=="object")return;let i=d=>r.members.find(([c])=>c===d)?.[1],s=i("field"),o=r.members.every(([d])=>["field","old","new"].includes(d));return s?.kind==="string"&&o?{field:s.text,old:i("old"),new:i("new")}:void 0});return t.every(r=>r!==void 0)?t:[]}function zr(n,e){return a`<section>
<h4>${e.changes}</h4>
<table class="changes" aria-label=${e.changes}>
<thead>
<tr>
<th scope="col">${e.field}</th>
<th scope="col">${e.old}</th>
<th scope="col"><span class="arrow">${g("arrow")}</span>${e.new}</th>
</tr>
</thead>
<tbody>
${n.map(t=>a`<tr>
<th scope="row">${m(t.field)}</th>
<td><del>${tn(t.old,e)}</del></td>
<td><ins>${tn(t.new,e)}</ins></td>
</tr>`)}
</tbody>
</table>
</section>`}function tn(n,e){return!n||n.raw==="null"?a`<span class="unset">${e.notSet}</span>`:n.kind==="object"||n.kind==="array"?a`<code>${m(n.raw)}</code>`:sn(n)}function rn(n){return a`<ul>
${n.map(([e,t])=>a`<li>${Cr(e,t)}</li>`)}
</ul>`}function Cr(n,e){let t=e.kind==="object"?e.members:e.kind==="array"?e.items.map((i,s)=>[String(s),i]):void 0,r=a`<span class="key">${m(n)}</span>`;return t?t.length===0?a`${r} <code>${e.raw}</code>`:a`<details open>
<summary>
${r} <span class="size">${e.kind==="array"?`[${t.length}]`:`{${t.length}}`}</span>
</summary>
${rn(t)}
</details>`:a`${r} ${sn(e)}`}function sn(n){return n.kind==="string"?a`<span class="string">${m(n.text)}</span>`:a`<code class=${n.kind}>${n.raw}</code>`}function on(n){let{events:e,next_cursor:t,scanned_through:r,skipped:i}=JSON.parse(n),s=[...ze(n,0)].find(([c])=>c==="events"),o=s?[...ot(n,s[1])]:[];return{events:e.map((c,l)=>ln(c,n,o[l]?.[0]??0)),next_cursor:t,scanned_through:r,skipped:i??0}}function an(n){return ln(JSON.parse(n),n,n.indexOf("{"))}function Z(n){if(n.summary?.length)return n.summary;let e=[{text:at(n.actor),of:"actor"},{text:" · "},{text:n.action,of:"action"}],t=lt(n.target);return t?[...e,{text:" · "},{text:t,of:"target"}]:e}function te(n){return Z(n).map(({text:e})=>e).join("")}function Ce(n){return!!n.failure_reason&&!te(n).includes(n.failure_reason??"")}function at(n){return n.name||n.email||n.id}function lt(n){return n?.name||n?.id||n?.type||void 0}function ln(n,e,t){let r=t,i,s;for(let[d,c,l]of ze(e,t))d==="details"&&(i=e.slice(c,l)),d==="summary"&&(s=[e.lastIndexOf(",",e.lastIndexOf('"summary"',c)),l]),r=l;r=e.indexOf("}",r)+1;let o=s?e.slice(t,s[0])+e.slice(s[1],r):e.slice(t,r);return{...n,raw:o,details:i==="null"?void 0:i}}function P(n,e,t){return e==="result"?n.locale.words.results[t]??t:n.names.of(e,t)??t}function ne(n,e){let{words:t}=n.locale;return`${t.fields[e]??e} ${e.startsWith("not_")?t.isNot:t.is}`}function Me(n){return{actor:"not_actor",action:"not_action",ip:"not_ip"}[n]}function dn(n,e){let{words:t}=n.locale,r=n.proofs.of(e),i=!(r instanceof v)&&r?.kind==="sealed"?r:void 0;return a`<div class="actions sealing">
${i?a`<a download=${`${e}.tlog-proof`} href=${i.link}>${g("down")}${t.saveProof}</a>`:a`<button type="button" @click=${()=>{n.proofs.read(e)}}>${g("seal")}${t.getProof}</button>`}
<span class="quiet" role="status">${r?Mr(n,r):u}</span>
</div>`}function Mr({locale:n},e){let{words:t}=n;return e instanceof v?t.noProof:e.kind==="sealed"?t.sealed(n.number(e.seq),n.number(e.size)):e.kind==="pending"?t.sealedBy(n.minute(Date.parse(e.dueBy))):t.quarantined}function cn(n){let{words:e}=n.locale,{bars:t,list:r}=n.search,i=h=>n.locale.number(h),s=t.hasAnswer,o=s?e.events(i(t.total)):e.loaded(i(r.count)),d=s?t.isComplete:r.isComplete,c=s?t.failure:r.failure,l=Math.max(t.skipped,r.skipped),p=[a`<strong>${d||!s?o:e.atLeast(o)}</strong>`,s&&t.failed?a`<span class="is-failed">${e.failures(i(t.failed))}</span>`:u,a`<span>${Pe(n)} ${n.locale.zone}</span>`,a`<span class=${d?"complete":"searching"}
>${d?e.complete:Pr(n,s,c!==void 0)}</span
>`,l?a`<span class="is-failed">${e.skipped(i(l))}</span>`:u].filter(h=>h!==u);return a`<p class="truth" part="truth" role="status" aria-label=${e.result}>
${p.map((h,f)=>f?a`<span class="dot"> · </span>${h}`:h)}
</p>`}function Pe(n,e){let{from:t,to:r=e}=n.search;return n.locale.span(t,r)}function Pr(n,e,t){let{words:r}=n.locale,{bars:i,list:s,view:o}=n.search,d=e?i.scannedThrough:s.scannedThrough,c=t?r.stopped:r.searching;if(!e&&!i.failure)return r.counting;if(!d)return c;let l=n.locale.minute(Date.parse(d)),p=e||s.isLoading?`, ${c}`:"";return`${e||o.order==="newest"?r.reachedOf(l):r.reachedOldest(l)}${p}`}function pn(n,e){let{words:t}=n.locale,{list:r}=e;return r.failure?dt(n,r.failure,()=>{e.retry()}):r.count>0?u:r.isLoading?r.scannedThrough?E("search",t.stillSearching,t.stillSearchingText(n.locale.minute(Date.parse(r.scannedThrough)))):u:r.isComplete?Te(n.view)?E("search",t.noMatch,t.noMatchText,a` ${Object.keys(n.view.range).length?a`<button type="button" @click=${()=>n.change({range:{}})}>${t.anyTime}</button>`:u}
<button type="button" class="primary" @click=${()=>n.change({filters:{},range:{}})}>
${t.removeAll}
</button>`):E("report",t.nothingYet,t.nothingYetText):u}function dt(n,{kind:e,detail:t},r){let{words:i}=n.locale,s=o=>a`<button type="button" class="primary" @click=${r}>${o}</button>`;switch(e){case"ended":return E("clock",i.ended,i.endedText,s(i.continue),"alert");case"plan":return E("report",i.plan,i.planText,u,"alert");case"not-allowed":return E("failed",i.notAllowed,i.notAllowedText,u,"alert");case"invalid":return E("failed",i.invalid,t,a`<button type="button" class="primary" @click=${()=>n.change({filters:{},range:{}})}>
${i.removeAll}
</button>`,"alert");case"not-found":return E("search",i.notFoundTitle,i.notFound,u,"alert");case"unreachable":return E("globe",i.unreachable,i.unreachableText,s(i.tryAgain),"alert");default:return E("failed",i.problem,t,s(i.tryAgain),"alert")}}function E(n,e,t,r=u,i="status"){return a`<div class="state" part="state" role=${i}>
<span class="badge">${g(n)}</span>
<h3>${e}</h3>
<p>${t}</p>
<div class="actions">${r}</div>
</div>`}function hn(n,e,t){let{words:r}=n.locale,i=()=>n.change({event:void 0}),s=e&&!(e instanceof v)?e:void 0,[o,d]=s?[t(s,-1),t(s,1)]:[],c=l=>()=>l&&n.change({event:l.id});return a`<div class="panel-head">
<h3>${r.event}</h3>
<button
type="button"
class="tool"
aria-label=${r.previous}
title=${`${r.previous} (p)`}
?disabled=${!o}
@click=${c(o)}
>
${g("up")}
</button>
<button
type="button"
class="tool"
aria-label=${r.next}
title=${`${r.next} (n)`}
?disabled=${!d}
@click=${c(d)}
>
${g("down")}
</button>
<button type="button" class="tool" aria-label=${r.close} title=${`${r.close} (Esc)`} @click=${i}>
${g("cross")}
</button>
</div>
<div class="panel-body" tabindex="0" role="group" aria-label=${r.about}>
${s?Nr(n,s):Lr(n,e)}
</div>`}function Lr(n,e){return e instanceof v?dt(n,e.kind==="invalid"?new v("not-found"):e,()=>n.reopen()):a`<p class="quiet" role="status">${n.locale.words.loading}…</p>`}function Nr(n,e){let{words:t,zone:r}=n.locale,{actor:i,target:s,context:o}=e,d=e.result==="failed",c=n.link({event:e.id});return a` <p class="sentence">
${Z(e).map(({text:l,of:p})=>p?a`<strong class=${p}>${m(l)}</strong>`:m(l))}
</p>
<p class="when">
<time datetime=${e.occurred_at}>${n.locale.full(e.occurred_at)}</time>
<span class="zone">${n.locale.zoneAt(Date.parse(e.occurred_at))}</span>
</p>
<p class=${`result big ${d?"failed":"succeeded"}`}>
${g(d?"failed":"check")}<span>${t.results[e.result]??m(e.result)}</span>
${Ce(e)?a`<span class="reason">${m(e.failure_reason??"")}</span>`:u}
</p>
<div class="actions">
<button
type="button"
class="primary"
@click=${()=>n.change({around:{id:e.id,minutes:5},event:void 0})}
>
${g("around")}${t.around}
</button>
${o?.request_id?un(n,"request_id",o.request_id,t.sameRequest):u}
${o?.ip?un(n,"ip",o.ip,t.sameIp):u}
<button type="button" @click=${()=>n.change({panel:i.id,event:void 0})}>
${g("person")}${t.showActor}
</button>
</div>
${e.details?nn(e.details,t):u}
<section>
<h4>${t.about}</h4>
<dl>
${x(n,t.fields.actor,i.name||i.email||i.id,"actor",i.id,t.actorTypes[i.type]??i.type)}
${i.name||i.email?x(n,t.actorId,i.id):u}
${i.email&&i.name?x(n,t.email,i.email):u}
${x(n,t.fields.action,e.action,"action",e.action)}
${x(n,t.fields.category,e.category,"category",e.category)}
${s?x(n,t.fields.target,s.name||s.id||"",s.id?"target":void 0,s.id??"",s.type):u}
${s?.id&&s.name?x(n,t.targetId,s.id):u}
${x(n,t.fields.result,t.results[e.result]??e.result,"result",e.result)}
${x(n,t.reason,e.failure_reason)}
${x(n,t.sourceIp,o?.ip,"ip",o?.ip)}
${x(n,t.fields.request_id,o?.request_id,"request_id",o?.request_id)}
${x(n,t.userAgent,o?.user_agent)}
${x(n,t.occurred,z(e.occurred_at,r))}
${x(n,t.ingested,z(e.ingested_at,r))} ${x(n,t.eventId,e.id)}
</dl>
</section>
${dn(n,e.id)}
<div class="actions copies">
${Le(n,t.copyLink,()=>new URL(c,location.href).href,"link")}
${Le(n,t.copyJson,()=>e.raw)}
${Le(n,t.copySentence,()=>`${z(e.occurred_at,r)} ${te(e)}`)}
${Le(n,t.copyCurl,()=>Or(n,e))}
</div>`}function un(n,e,t,r){return a`<button type="button" title=${t} @click=${()=>n.change({filters:{[e]:[t]},around:void 0,range:{},event:void 0})}>${g("equal")}${r}</button>`}function Le(n,e,t,r="copy"){return a`<button type="button" @click=${()=>n.copy(t())}>${g(r)}${e}</button>`}function Or({endpoint:n},e){return`curl -H "Authorization: Bearer $AUDIT_SESSION_TOKEN" '${new URL(`${n}/events/${e.id}`,location.href).href}'`}function x(n,e,t,r,i,s){if(!t)return u;let{words:o}=n.locale,d=r&&Me(r),c=(l,p)=>()=>{let h=p?Ee(n.view,l,i??t):V(n.view,l,i??t);n.change({filters:h,around:void 0})};return a`<div class="entry">
<dt>${e}</dt>
<dd>
<span class="text">${m(t)}${s?a` <span class="tag">${m(s)}</span>`:u}</span> ${r?a`<span class="narrow">
<button
type="button"
class="tool"
aria-label=${`${o.onlyThis}: ${e}`}
title=${o.onlyThis}
@click=${c(r,!0)}
>
${g("equal")}
</button>
${d?a`<button
type="button"
class="tool"
aria-label=${`${o.notThis}: ${e}`}
title=${o.notThis}
@click=${c(d,!1)}
>
${g("unequal")}
</button>`:u}
</span>`:u}
</dd>
</div>`}var fn=100,Ne=class{constructor(e,t,r,i,s){this.api=e;this.parameters=t;this.order=r;this.language=i;this.changed=s;this.pages=[];this.cursor=null;this.isLoading=!1;this.newer=0;this.#e=new AbortController}#e;get isComplete(){return this.pages.length>0&&this.cursor===null}get scannedThrough(){return this.pages.at(-1)?.scanned_through}get skipped(){return this.pages.reduce((e,t)=>e+t.skipped,0)}get count(){return this.pages.reduce((e,t)=>e+t.events.length,0)}events(){return this.pages.flatMap(e=>e.events)}async more(){if(this.isLoading||this.isComplete)return;let{signal:e}=this.#e;this.isLoading=!0,this.failure=void 0,this.changed();try{let t;do t=await this.#t(this.cursor,fn,e),this.cursor=t.next_cursor,this.pages=[...this.pages,t],this.changed();while(t.events.length===0&&t.next_cursor!==null)}catch(t){if(e.aborted)return;this.failure=t instanceof v?t:new v("other",String(t))}this.isLoading=!1,this.changed()}async look(e){let t=new Set(this.pages[0]?.events.map(o=>o.id)),r=this.events()[0]?.id??"",s=(await this.#t(null,fn,this.#e.signal)).events.filter(o=>o.id>r&&!t.has(o.id)&&!e(o)).length;s!==this.newer&&(this.newer=s,this.changed())}stop(){this.#e.abort(),this.#e=new AbortController,this.isLoading=!1}async#t(e,t,r){let i=[["order",this.order],["limit",String(t)],["summary",this.language]];return e!==null&&i.push(["cursor",e]),on(await this.api.get("/events",[...this.parameters,...i],r))}};var ct=["actor","action","ip","target","category","result"],gn=6e4,Hr=5e3,Ir=8,Oe=class{constructor(e,t,r,i,s){this.api=e;this.view=t;this.names=i;this.changed=s;this.startedAt=Date.now();this.facets=new Map;this.openRuns=new Set;this.#e=!1;this.parameters=Wt(t,Math.floor(this.startedAt/gn)*gn),this.list=new Ne(e,this.parameters,t.order,r,()=>this.#r()),this.bars=this.#n("time")}#e;get from(){return this.parameters.find(([e])=>e==="from")?.[1]}get to(){return this.parameters.find(([e])=>e==="to")?.[1]}async start(){await Promise.all([this.#t(),this.bars.load()])}async count(){if(!(this.#e||!this.list.pages.length)){this.#e=!0;for(let e of ct){let t=this.#n(e);this.facets.set(e,t),await t.load();for(let{key:r,name:i,email:s}of t.groups())r&&e==="actor"&&this.names.seeActor(r,i||s||r,s),r&&e==="target"&&this.names.seeTarget(r,i||r);if(t.failure)return}}}async#t(){await this.list.more();let e=this.view.around?.id;e&&!this.event(e)&&await this.loadUpTo(Hr,()=>this.event(e)!==void 0)}async retry(){this.resume(),await this.list.more(),await this.count()}async loadUpTo(e,t=()=>!1){let{list:r}=this;for(;r.count<e&&!t()&&!r.isComplete&&!r.isLoading&&!r.failure;)await r.more()}resume(){this.bars.isComplete||(this.bars=this.#n("time")).load(),[...this.facets.values()].some(e=>!e.isComplete)&&(this.#e=!1)}event(e){return e===void 0?void 0:this.list.events().find(t=>t.id===e)}async look(e){let{list:t}=this;if(!(this.view.order==="newest"&&!this.to)||document.hidden||t.isLoading||t.failure||!t.pages.length)return;let i=({action:s,actor:o})=>s.startsWith("audit_log.")&&o.id===e;await t.look(i).catch(()=>{})}stop(){this.list.stop(),this.bars.stop();for(let e of this.facets.values())e.stop()}#n(e){return new B(this.api,this.parameters,e,this.view.zone,this.changed)}#r(){let e=this.list.pages.at(-1);e&&this.names.see(e.events),this.changed()}};function pt(n,e){let{filters:t,range:r,order:i,zone:s,around:o}=n;return JSON.stringify([o??[t,r],i,s,e])}var He=class extends Map{keep(e,t){this.delete(e),this.set(e,t);let[r]=this.keys();this.size>Ir&&r!==void 0&&this.delete(r)}};var mn=6;function bn(n){let{words:e}=n.locale;return a`<aside class="facets" part="facets" aria-label=${e.counts}>
${ct.map(t=>{let r=n.search.facets.get(t),i=e.fields[t]??t;return a`<div class="facet" role="group" aria-label=${i}>
<h3>${i}</h3>
${r?Fr(n,t,r):vn()}
</div>`})}
</aside>`}function Fr(n,e,t){let{words:r}=n.locale;if(t.failure)return a`<p class="quiet">–</p>`;let i=t.groups();if(!t.hasAnswer)return vn();if(i.length===0)return a`<p class="quiet">${t.isComplete?r.noValue:r.counting}</p>`;let s=i[0]?.count??1,o=i.length-mn+t.others;return a`<ul>
${i.slice(0,mn).map(d=>Dr(n,e,d,s))}
</ul>
${o>0?a`<p class="quiet">${r.others(n.locale.number(o))}</p>`:u}
${t.isComplete?u:a`<p class="quiet">${r.counting}</p>`}`}function Dr(n,e,{key:t,name:r,email:i,count:s,failed:o},d){let{words:c}=n.locale,l=n.locale.number(s);if(t===null)return a`<li class="quiet">
<span class="line"><span class="name">${c.noValue}</span><span class="number">${l}</span></span>
</li>`;let p=r||i||P(n,e,t),h=a`<svg class="share" viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true">
<rect width=${s/d*100} height="2"></rect>
<rect class="failed" width=${o/d*100} height="2"></rect>
</svg>`;return a`<li>
<button type="button" class="line" data-field=${e} data-value=${t} title=${t}>
<span class="name">${m(p)}</span> <span class="number">${l}</span>${h}
</button>
</li>`}function vn(){return a`<div class="skeleton" aria-hidden="true"><span></span><span></span><span></span></div>`}var $n={ATTRIBUTE:1,CHILD:2,PROPERTY:3,BOOLEAN_ATTRIBUTE:4,EVENT:5,ELEMENT:6},re=n=>(...e)=>({_$litDirective$:n,values:e}),K=class{constructor(e){}get _$AU(){return this._$AM._$AU}_$AT(e,t,r){this._$Ct=e,this._$AM=t,this._$Ci=r}_$AS(e,t){return this.update(e,t)}update(e,t){return this.render(...t)}};var qr={},xn=re(class extends K{constructor(){super(...arguments),this.ot=qr}render(n,e){return e()}update(n,[e,t]){if(Array.isArray(e)){if(Array.isArray(this.ot)&&this.ot.length===e.length&&e.every((r,i)=>r===this.ot[i]))return A}else if(this.ot===e)return A;return this.ot=Array.isArray(e)?Array.from(e):e,this.render(e,t)}});var Ur=/^(-?)(actor|action|category|target|result|ip|request_id|request):\s*(.+)$/i,Br=/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i,Vr=/^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]*:[0-9a-f.]*)$/i,Zr=/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,3}(\.\*|\.[a-z][a-z0-9_]*)$/;function wn(n,e,t,r){let i=n.trim();if(!i)return;if(e)return{filter:[e,yn(e,i,r)]};let[,s,o,d]=Ur.exec(i)??[];if(o&&d){let h=o.toLowerCase()==="request"?"request_id":o.toLowerCase(),f=w.find(b=>b===(s?`not_${h}`:h));return f&&{filter:[f,yn(f,d.trim(),r)]}}let c=Ae(i,t,Date.now());if(c)return{range:c};if(Br.test(i))return{event:i.toLowerCase()};if(Vr.test(i))return{filter:["ip",i]};if(i==="failed"||i==="succeeded")return{filter:["result",i]};if(r.categories.includes(i))return{filter:["category",i]};if(r.actions.includes(i)||Zr.test(i)&&r.actions.some(h=>Kr(h,i)))return{filter:["action",i]};if(/^[^\s@]+@[^\s@]+$/.test(i))return{filter:["actor",i]};let[l,p]=[r.actor(i),r.target(i)];return l?{filter:["actor",l]}:p?{filter:["target",p]}:void 0}function Kr(n,e){return e.endsWith(".*")&&n.startsWith(e.slice(0,-1))}function yn(n,e,t){return n==="actor"||n==="not_actor"?t.actor(e)??e:n==="target"?t.target(e)??e:e}var Wr=[{name:"allEvents",filters:{}},{name:"accessChanges",filters:{action:["member.*","organization.ownership_transferred","api_key.*"]}},{name:"failedActions",filters:{result:["failed"]}},{name:"apiKeys",filters:{category:["api_keys"]}},{name:"billing",filters:{category:["billing"]}},{name:"newMembers",filters:{action:["member.invited"]}},{name:"lastDay",filters:{},last:"24h"}];function An(n){let{words:e}=n.locale,{filters:t,range:r,around:i}=n.view;return a`<nav class="views" part="views" aria-label=${e.views}>
${Wr.map(s=>{let o=s.last!==void 0,d=!o&&Object.keys(s.filters).length===0,c=!i&&JSON.stringify(t)===JSON.stringify(s.filters),l=o?c&&r.last===s.last:c&&!(d&&r.last==="24h"),p=()=>n.change({filters:s.filters,range:o?{last:s.last??""}:d?{}:r,around:void 0,event:void 0,panel:void 0});return a`<button type="button" aria-pressed=${String(l)} @click=${p}>${e[s.name]}</button>`})}
</nav>`}function En(n,e,t){let{words:r}=n.locale;return a`<form class="line" role="search" @submit=${o=>{o.preventDefault();let d=o.currentTarget,c=d.elements.namedItem("line"),l=d.elements.namedItem("field");if(!c.value.trim())return c.focus();let p=wn(c.value,l.value||void 0,n.view.zone,e);if(t.unclear=p?void 0:c.value,!p)return n.requestUpdate();c.value="",l.value="","range"in p?n.change({range:p.range,around:void 0}):"event"in p?n.change({event:p.event}):n.change({filters:V(n.view,...p.filter),around:void 0})}} @input=${()=>{t.unclear!==void 0&&(t.unclear=void 0,n.requestUpdate())}}>
<select name="field" aria-label=${r.filterBy}>
<option value="">${r.anything}</option>
${w.map(o=>a`<option value=${o}>${ne(n,o)}</option>`)}
</select>
<span class="input"
>${g("search")}<input
name="line"
type="text"
list="suggestions"
autocomplete="off"
spellcheck="false"
aria-label=${r.filterOrRange}
placeholder=${r.examples}
aria-describedby=${t.unclear===void 0?u:"unclear"}
aria-invalid=${String(t.unclear!==void 0)}
/><kbd aria-hidden="true">/</kbd></span
>
<datalist id="suggestions">
${[...e.suggestions()].map(o=>a`<option value=${o}></option>`)}
</datalist>
<button type="submit" class="primary">${r.add}</button>
${t.unclear===void 0?u:a`<p id="unclear" role="alert" class="unclear">${r.notUnderstood(t.unclear)}</p>`}
</form>`}function Tn(n){let{words:e}=n.locale,{range:t}=n.view,r=(i,s)=>{s.currentTarget.closest("[popover]")?.hidePopover(),n.change({range:i,around:void 0})};return a`<button
type="button"
class="drop"
popovertarget="range"
aria-label=${`${e.timeRange}: ${n.locale.range(t)}`}
>
${g("clock")}<span>${n.locale.range(t)}</span>${g("down")}
</button>
<div id="range" class="popover range" popover role="group" aria-label=${e.timeRange} @beforetoggle=${jr}>
<div class="presets">
<button
type="button"
aria-pressed=${String(!t.last&&!t.from&&!t.to)}
@click=${i=>r({},i)}
>
${e.anyTime}
</button>
${ke.map(i=>a`<button
type="button"
aria-pressed=${String(t.last===i)}
@click=${s=>r({last:i},s)}
>
${e.presets[i]}
</button>`)}
</div>
${Gr(n,r)}
</div>`}function Gr(n,e){let{words:t,zone:r}=n.locale,{from:i,to:s}=n.view.range,o=p=>p?new Date(_(Date.parse(p),r)).toISOString().slice(0,16):"",d=p=>new Date(R(Date.parse(`${p}Z`),r)).toISOString();return a`<form class="exact" @submit=${p=>{p.preventDefault();let h=p.currentTarget,[f,b,$]=["from","to","words"].map(k=>h.elements.namedItem(k));if(!(!f||!b||!$))if($.setCustomValidity(""),$.value.trim()){let k=Ae($.value,r,Date.now());k||$.setCustomValidity(t.rangeUnclear),k?e(k,p):$.reportValidity()}else f.value&&b.value&&f.value>=b.value?(b.setCustomValidity(t.rangeUnclear),b.reportValidity()):e({...f.value&&{from:d(f.value)},...b.value&&{to:d(b.value)}},p)}} @input=${p=>p.target.setCustomValidity("")}>
<label
>${t.inWords}<input name="words" type="text" autocomplete="off" placeholder=${t.rangeExamples}
/></label>
<label>${t.from}<input name="from" type="datetime-local" .value=${o(i)} /></label>
<label>${t.to}<input name="to" type="datetime-local" .value=${o(s)} /></label>
<p class="quiet">${t.zone}: ${n.locale.zoneAt(Date.now())}</p>
<button type="submit" class="primary">${t.apply}</button>
</form>`}function jr(n){let e=n.currentTarget,t=e.previousElementSibling;n.newState==="open"&&t&&ut(e,t)}function ut(n,e){let t=e.getBoundingClientRect();requestAnimationFrame(()=>{let{width:r,height:i}=n.getBoundingClientRect(),s=Math.max(8,Math.min(t.left,document.documentElement.clientWidth-r-8)),o=t.bottom+6,d=o+i>innerHeight-8?Math.max(8,t.top-i-6):o;n.style.setProperty("left",`${s}px`),n.style.setProperty("top",`${d}px`)})}function Sn(n){let{words:e}=n.locale,{view:t}=n;if(t.around||!Te(t))return u;let r=(s,o,d,c,l)=>a`<li class=${`chip ${c.startsWith("not_")?"is-not":""}`} part="chip">
<span class="label">${s}</span> ${o}
<button type="button" aria-label=${`${e.removeFilter}: ${s} ${d}`} @click=${l}>
${g("cross")}
</button>
</li>`,i=w.flatMap(s=>(t.filters[s]??[]).map(o=>{let d=P(n,s,o);return r(ne(n,s),a`<strong title=${o}>${m(d)}</strong>`,d,s,()=>n.change({filters:Kt(t,s,o)}))}));if(Object.keys(t.range).length){let s=n.locale.range(t.range);i.push(r(e.timeRange,a`<strong>${s}</strong>`,s,"range",()=>n.change({range:{}})))}return a`<div class="chips">
<ul aria-label=${e.filters}>
${i}
</ul>
${i.length>1?a`<button type="button" class="plain" @click=${()=>n.change({filters:{},range:{}})}>
${e.removeAll}
</button>`:u}
</div>`}var Jr={"Asia/Calcutta":"Asia/Kolkata","Asia/Katmandu":"Asia/Kathmandu","Asia/Rangoon":"Asia/Yangon","Asia/Saigon":"Asia/Ho_Chi_Minh","Europe/Kiev":"Europe/Kyiv"},kn=[...new Set(Intl.supportedValuesOf("timeZone").map(n=>Jr[n]??n))].sort();function _n(n){let{words:e}=n.locale,t=xe(),r=(s,o=s)=>a`<option value=${s} ?selected=${s===n.view.zone}>${o}</option>`,i=()=>a`${r("UTC")}${t==="UTC"?u:r(t,`${t} (${e.browser})`)}
${["UTC",t,...kn].includes(n.view.zone)?u:r(n.view.zone)}
<optgroup label=${e.allZones}>
${kn.filter(s=>s!==t&&s!=="UTC").map(s=>r(s))}
</optgroup>`;return a`<label class="select"
>${g("globe")}<select
aria-label=${e.zone}
@change=${s=>n.change({zone:s.target.value})}
>
${xn([n.locale],i)}
</select></label
>`}function Rn(n){let{words:e}=n.locale,t=r=>a`<option value=${r} ?selected=${r===n.view.order}>${e[r]}</option>`;return a`<label class="select"
><select
aria-label=${e.order}
@change=${r=>n.change({order:r.target.value})}
>
${t("newest")}${t("oldest")}
</select></label
>`}function zn(n,e){let{words:t}=n.locale,r=(i,s,o)=>a`<button type="button" class=${`tool tool-${i}`} aria-label=${s} title=${s} @click=${o}>
${g(i)}
</button>`;return a`<header class="head" part="head">
<h2>${t.title}</h2>
<div class="tools">
${_n(n)}${Rn(n)}
${r("link",t.copyView,()=>n.copy(new URL(n.link({}),location.href).href))}
${r("report",t.report,()=>n.change({report:!0}))} ${r("keyboard",t.keyboard,e)}
</div>
</header>`}function Cn(n){let{around:e}=n.view;if(!e)return u;let{words:t}=n.locale,r=s=>a`<button
type="button"
aria-pressed=${String(s===e.minutes)}
@click=${()=>n.change({around:{...e,minutes:s}})}
>
${t.minutes(s)}
</button>`,i=()=>n.change({around:void 0,event:e.id});return a`<div class="around" role="group" aria-label=${t.around}>
${g("around")}
<div><strong>${t.around}</strong><span class="quiet">${t.aroundHint}</span></div>
<span class="choice">${Zt.map(r)}</span>
<button type="button" class="primary" @click=${i}>${t.back}</button>
</div>`}var Ie=class{constructor(e){this.host=e}#e;#t;#n=!1;handleEvent(e){if(!(e instanceof KeyboardEvent)||e.defaultPrevented||e.ctrlKey||e.metaKey||e.altKey)return;let t=e.composedPath()[0];if(e.key==="Escape"){if(this.#s.querySelector(":popover-open")||this.#s.querySelector("dialog.keyboard[open]"))return;(this.host.view.event||this.host.view.panel)&&this.#a(e,()=>this.host.closePanel());return}if(t.matches("input, select, textarea")||t.closest("[popover], .keyboard"))return;let r=t.closest(".table")!==null;e.key==="j"||e.key==="ArrowDown"&&r?this.#a(e,()=>this.#u(1)):e.key==="k"||e.key==="ArrowUp"&&r?this.#a(e,()=>this.#u(-1)):e.key==="/"?this.#a(e,()=>this.#s.querySelector("input[name=line]")?.focus()):e.key==="?"?this.#a(e,()=>this.help()):(e.key==="n"||e.key==="p")&&this.#a(e,()=>this.#h(e.key==="n"?1:-1))}help(){this.#s.querySelector("dialog.keyboard")?.showModal()}focusRow(e){this.#s.querySelector(`[data-open="${CSS.escape(e)}"]`)?.focus()}updated(){this.#n||(this.#n=!0,this.#s.addEventListener("focusin",this.#r),this.#s.addEventListener("focusout",this.#i)),requestAnimationFrame(()=>{this.#e?.isConnected||this.#o(this.#d()[0]),this.#t&&!this.#t.isConnected&&document.activeElement===document.body&&this.#s.querySelector(".table")?.focus({preventScroll:!0})})}#r=e=>{this.#t=e.target;let t=this.#t.closest("audit-log-rows [role=row]");t&&this.#o(t)};#i=e=>{e.target.isConnected&&(this.#t=void 0)};#o(e){if(e!==this.#e){for(let t of this.#e?.querySelectorAll("a, button")??[])t.setAttribute("tabindex","-1");for(let t of e?.querySelectorAll("a, button")??[])t.setAttribute("tabindex","0");this.#e=e}}#u(e){let t=this.#d(),r=this.#s.activeElement?.closest("[role=row]"),i=r?t.indexOf(r):this.#e?t.indexOf(this.#e)-e:-1,s=t[Math.max(0,Math.min(t.length-1,i+e))];(s?.querySelector("a")??s?.querySelector(".toggle"))?.focus(),s?.scrollIntoView({block:"nearest"})}#h(e){let t=this.host.opened&&this.host.neighbor(this.host.opened,e);t&&this.host.change({event:t.id})}#d(){return[...this.#s.querySelectorAll("audit-log-rows [role=row]")]}#a(e,t){e.preventDefault(),e.stopPropagation(),t()}get#s(){return this.host.renderRoot}};function Mn({locale:{words:n}}){let e=t=>t.currentTarget.closest("dialog")?.close();return a`<dialog class="keyboard" aria-label=${n.keyboard}>
<div class="panel-head">
<h3>${n.keyboard}</h3>
<button type="button" class="tool" aria-label=${n.close} @click=${e}>${g("cross")}</button>
</div>
<dl>
${n.keys.map(([t,r])=>a`<div class="entry">
<dt><kbd>${t}</kbd></dt>
<dd>${r}</dd>
</div>`)}
</dl>
</dialog>`}var W=(n,e,t)=>`${n} ${n==="1"?e:t}`,Pn={title:"Audit-Log",views:"Ansichten",allEvents:"Alle Ereignisse",accessChanges:"Zugriffsänderungen",failedActions:"Fehlgeschlagen",apiKeys:"API-Schlüssel",billing:"Abrechnung",newMembers:"Neue Mitglieder",lastDay:"Letzte 24 Stunden",filterBy:"Filtern nach",filterOrRange:"Filter oder Zeitraum",add:"Hinzufügen",examples:"ada@example.com, 203.0.113.7, letzte 7 Tage…",anything:"Beliebig",notUnderstood:n=>`„${n}“ ist keine E-Mail-Adresse, IP-Adresse, Aktion, Ereignis-ID und kein Zeitraum. Wählen Sie zuerst ein Feld.`,filters:"Filter",removeFilter:"Filter entfernen",removeAll:"Alle Filter entfernen",fields:{actor:"Akteur",action:"Aktion",category:"Kategorie",target:"Ziel",result:"Ergebnis",ip:"Quell-IP",request_id:"Anfrage-ID",not_actor:"Akteur",not_action:"Aktion",not_ip:"Quell-IP",actor_type:"Art des Akteurs"},is:"ist",isNot:"ist nicht",results:{succeeded:"Erfolgreich",failed:"Fehlgeschlagen"},actorTypes:{user:"Person",api_key:"API-Schlüssel",service:"Dienst",system:"System",anonymous:"Nicht angemeldet"},timeRange:"Zeitraum",anyTime:"Gesamter Zeitraum",from:"Von",to:"Bis",apply:"Anwenden",inWords:"Zeitraum in Worten",rangeExamples:"letzte 7 Tage, 2026-11-01..2026-11-08",rangeUnclear:"Schreiben Sie zum Beispiel „letzte 7 Tage“ oder „2026-11-01..2026-11-08“.",presets:{"1h":"Letzte Stunde","24h":"Letzte 24 Stunden","7d":"Letzte 7 Tage","30d":"Letzte 30 Tage","90d":"Letzte 90 Tage","365d":"Letzte 365 Tage"},lastOf:(n,e)=>`Letzte ${n} ${{m:"Minuten",h:"Stunden",d:"Tage",w:"Wochen"}[e]??e}`,zone:"Zeitzone",browser:"Browser",allZones:"Alle Zeitzonen",order:"Reihenfolge",newest:"Neueste zuerst",oldest:"Älteste zuerst",events:n=>W(n,"Ereignis","Ereignisse"),atLeast:n=>`Mindestens ${n}`,failures:n=>`${n} fehlgeschlagen`,loaded:n=>`${W(n,"Ereignis","Ereignisse")} geladen`,now:"jetzt",beginning:"Beginn",complete:"vollständig",searching:"Suche läuft",reachedOf:n=>`durchsucht zurück bis ${n}`,reachedOldest:n=>`durchsucht bis ${n}`,stopped:"angehalten",skipped:n=>`${W(n,"gespeicherte Zeile","gespeicherte Zeilen")} nicht lesbar`,result:"Ergebnis",statistics:"Statistik",overTime:"Ereignisse über die Zeit",showTable:"Als Tabelle",showBars:"Als Balken",count:"Ereignisse",failed:"Fehlgeschlagen",period:"Zeitraum",barHint:"Ziehen grenzt den Zeitraum ein. Pfeiltasten bewegen, Umschalt+Pfeil wählt aus, Eingabe grenzt ein.",zoomOut:"Ganzen Zeitraum zeigen",counts:"Zählungen",moreCounts:"Zählungen zeigen",fewerCounts:"Zählungen verbergen",noValue:"ohne",others:n=>W(n,"weiterer Wert","weitere Werte"),counting:"Wird gezählt…",narrowCounts:"Zählungen dieser Ansicht",table:"Ereignisse",time:"Zeit",event:"Ereignis",action:"Aktion",sourceIp:"Quell-IP",openEvent:"Ereignis öffnen",loadMore:"Mehr laden",loadingMore:"Lädt…",end:"Keine älteren Ereignisse",endOldest:"Keine neueren Ereignisse",showRun:n=>`${n} Ereignisse zeigen`,hideRun:n=>`${n} Ereignisse verbergen`,newEvents:n=>W(n,"neues Ereignis","neue Ereignisse"),value:"Wert",onlyThis:"Nur dies",notThis:"Nicht dies",showActor:"Akteur zeigen",copy:"Kopieren",copied:"Kopiert",copyFailed:"Der Browser hat das Kopieren nicht erlaubt",close:"Schließen",previous:"Voriges Ereignis",next:"Nächstes Ereignis",around:"Rund um dieses Ereignis",sameRequest:"Selbe Anfrage",sameIp:"Selbe IP",copyLink:"Link kopieren",copyJson:"JSON kopieren",copySentence:"Satz kopieren",copyCurl:"curl kopieren",copyView:"Ansicht teilen",getProof:"Nachweis holen",saveProof:"Nachweis speichern",sealed:(n,e)=>`Versiegelt: Nummer ${n} in einem signierten Protokoll von ${W(e,"Ereignis","Ereignissen")}`,sealedBy:n=>`Noch nicht versiegelt, spätestens am ${n}.`,quarantined:"Dieses Ereignis kann nicht gelesen werden und ist nicht versiegelt.",noProof:"Der Nachweis konnte nicht gelesen werden. Bitte erneut versuchen.",changes:"Änderungen",field:"Feld",old:"Alt",new:"Neu",notSet:"nicht gesetzt",details:"Einzelheiten",rawText:"Rohtext",about:"Über dieses Ereignis",occurred:"Geschehen",ingested:"Aufgezeichnet",userAgent:"User-Agent",eventId:"Ereignis-ID",reason:"Grund",email:"E-Mail",actorId:"Akteur-ID",targetId:"Ziel-ID",loading:"Lädt",notFoundTitle:"Kein solches Ereignis",notFound:"Dieses Ereignis gibt es nicht, oder diese Sitzung darf es nicht lesen.",aroundHint:"Alle Akteure, ohne Ihre Filter",minutes:n=>`±${n} min`,back:"Zurück zur Liste",actor:"Akteur",firstSeen:"Zuerst gesehen",lastSeen:"Zuletzt gesehen",addresses:"Adressen",actions:"Aktionen",noEventsOf:"Keine Ereignisse dieses Akteurs.",onlyFailures:"Nur Fehlgeschlagene",allOfActor:"Alle Ereignisse dieses Akteurs",nothingYet:"Noch keine Ereignisse",nothingYetText:"Ereignisse erscheinen hier, sobald jemand in Ihrer Organisation etwas tut.",noMatch:"Keine Ereignisse passen",noMatchText:"Der ganze Zeitraum wurde durchsucht; kein Ereignis erfüllt alle Filter.",stillSearching:"Suche läuft",stillSearchingText:n=>`Noch kein Treffer. Die Suche hat ${n} erreicht.`,ended:"Sitzung beendet",endedText:"Ihre Ansicht bleibt erhalten. Fahren Sie fort, um weiterzulesen.",continue:"Fortfahren",unreachable:"Server nicht erreichbar",unreachableText:"Prüfen Sie Ihre Verbindung. Was geladen ist, bleibt lesbar.",tryAgain:"Erneut versuchen",plan:"Anderer Tarif nötig",planText:"Audit-Logs gehören zum Enterprise-Tarif. Fragen Sie einen Inhaber Ihrer Organisation.",notAllowed:"Nicht erlaubt",notAllowedText:"Diese Sitzung darf dies nicht lesen.",invalid:"Die Suche ist ungültig",problem:"Etwas ist schiefgegangen",report:"Nachweisbericht",print:"Drucken",closeReport:"Bericht schließen",reportOf:"Organisation",reportFilter:"Filter",reportRange:"Zeitraum",reportZone:"Zeitzone",reportCount:"Anzahl",reportState:"Vollständigkeit",reportRead:"Gelesen von",reportMade:"Bericht erstellt",whenMade:"(Zeitpunkt des Berichts)",noFilter:"Kein Filter: alle Ereignisse",reportRows:(n,e)=>`Dieser Bericht listet ${n} von ${e} Ereignissen.`,and:" und ",or:" oder ",keyboard:"Tastatur",keys:[["/","Filter oder Zeitraum schreiben"],["↓ oder j, ↑ oder k","Nächste und vorige Zeile"],["Eingabe","Ereignis öffnen"],["n, p","Nächstes und voriges Ereignis, solange eines offen ist"],["Esc","Schließen"],["← →, Umschalt, Eingabe","In den Balken: bewegen, auswählen, eingrenzen"],["?","Diese Tasten zeigen"]]};var G=(n,e,t)=>`${n} ${n==="1"?e:t}`,Ln={title:"Audit log",views:"Views",allEvents:"All events",accessChanges:"Access changes",failedActions:"Failed actions",apiKeys:"API keys",billing:"Billing",newMembers:"New members",lastDay:"Last 24 hours",filterBy:"Filter by",filterOrRange:"Filter or time range",add:"Add",examples:"ada@example.com, 203.0.113.7, last 7 days…",anything:"Anything",notUnderstood:n=>`“${n}” is not an e-mail address, an IP address, an action, an event ID, or a time range. Choose a field first.`,filters:"Filters",removeFilter:"Remove filter",removeAll:"Remove all filters",fields:{actor:"Actor",action:"Action",category:"Category",target:"Target",result:"Result",ip:"Source IP",request_id:"Request ID",not_actor:"Actor",not_action:"Action",not_ip:"Source IP",actor_type:"Actor type"},is:"is",isNot:"is not",results:{succeeded:"Succeeded",failed:"Failed"},actorTypes:{user:"User",api_key:"API key",service:"Service",system:"System",anonymous:"Not signed in"},timeRange:"Time range",anyTime:"Any time",from:"From",to:"To",apply:"Apply",inWords:"Range in words",rangeExamples:"last 7 days, 2026-11-01..2026-11-08",rangeUnclear:"Write a range such as “last 7 days” or “2026-11-01..2026-11-08”.",presets:{"1h":"Last hour","24h":"Last 24 hours","7d":"Last 7 days","30d":"Last 30 days","90d":"Last 90 days","365d":"Last 365 days"},lastOf:(n,e)=>`Last ${n} ${{m:"minutes",h:"hours",d:"days",w:"weeks"}[e]??e}`,zone:"Time zone",browser:"browser",allZones:"All time zones",order:"Order",newest:"Newest first",oldest:"Oldest first",events:n=>G(n,"event","events"),atLeast:n=>`At least ${n}`,failures:n=>`${n} failed`,loaded:n=>`${G(n,"event","events")} loaded`,now:"now",beginning:"beginning",complete:"complete",searching:"still searching",reachedOf:n=>`searched back to ${n}`,reachedOldest:n=>`searched up to ${n}`,stopped:"stopped",skipped:n=>`${G(n,"stored row","stored rows")} could not be read`,result:"Result",statistics:"Statistics",overTime:"Events over time",showTable:"Show as table",showBars:"Show as bars",count:"Events",failed:"Failed",period:"Period",barHint:"Drag to narrow the range. Arrow keys move, Shift+arrow selects, Enter narrows.",zoomOut:"Show the whole range",counts:"Counts",moreCounts:"Show counts",fewerCounts:"Hide counts",noValue:"none",others:n=>`${G(n,"other value","other values")}`,counting:"Counting…",narrowCounts:"Counts of this view",table:"Events",time:"Time",event:"Event",action:"Action",sourceIp:"Source IP",openEvent:"open event",loadMore:"Load more",loadingMore:"Loading…",end:"No older events",endOldest:"No newer events",showRun:n=>`Show ${n} events`,hideRun:n=>`Hide ${n} events`,newEvents:n=>G(n,"new event","new events"),value:"Value",onlyThis:"Only this",notThis:"Not this",showActor:"Show actor",copy:"Copy",copied:"Copied",copyFailed:"The browser did not allow copying",close:"Close",previous:"Previous event",next:"Next event",around:"Around this event",sameRequest:"Same request",sameIp:"Same IP",copyLink:"Copy link",copyJson:"Copy JSON",copySentence:"Copy sentence",copyCurl:"Copy curl",copyView:"Share this view",getProof:"Get proof",saveProof:"Save proof",sealed:(n,e)=>`Sealed: number ${n} in a signed log of ${G(e,"event","events")}`,sealedBy:n=>`Not sealed yet. It will be by ${n}.`,quarantined:"This event cannot be read, so it is not sealed.",noProof:"The proof could not be read. Try again.",changes:"Changes",field:"Field",old:"Old",new:"New",notSet:"not set",details:"Details",rawText:"Raw text",about:"About this event",occurred:"Occurred",ingested:"Recorded",userAgent:"User agent",eventId:"Event ID",reason:"Reason",email:"E-mail",actorId:"Actor ID",targetId:"Target ID",loading:"Loading",notFoundTitle:"No such event",notFound:"This event does not exist, or this session may not read it.",aroundHint:"All actors, without your filters",minutes:n=>`±${n} min`,back:"Back to the list",actor:"Actor",firstSeen:"First seen",lastSeen:"Last seen",addresses:"Addresses",actions:"Actions",noEventsOf:"No events of this actor.",onlyFailures:"Only failures",allOfActor:"All events of this actor",nothingYet:"No events yet",nothingYetText:"Events appear here as soon as someone does something in your organization.",noMatch:"No events match",noMatchText:"The search covered the whole range, and no event has all of these filters.",stillSearching:"Still searching",stillSearchingText:n=>`No match yet. The search has reached ${n}.`,ended:"Session ended",endedText:"Your view is kept. Continue to read on.",continue:"Continue",unreachable:"Server unreachable",unreachableText:"Check your connection. What was loaded stays readable.",tryAgain:"Try again",plan:"Plan required",planText:"Audit logs belong to the Enterprise plan. Ask an owner of your organization to upgrade.",notAllowed:"Not allowed",notAllowedText:"This session may not read this.",invalid:"The search is not valid",problem:"Something went wrong",report:"Evidence report",print:"Print",closeReport:"Close report",reportOf:"Organization",reportFilter:"Filter",reportRange:"Range",reportZone:"Time zone",reportCount:"Count",reportState:"Completeness",reportRead:"Read by",reportMade:"Report made",whenMade:"(when the report was made)",noFilter:"No filter: all events",reportRows:(n,e)=>`This report lists ${n} of ${e} events.`,and:" and ",or:" or ",keyboard:"Keyboard",keys:[["/","Write a filter or a time range"],["↓ or j, ↑ or k","Next and previous row"],["Enter","Open the event"],["n, p","Next and previous event, while one is open"],["Esc","Close"],["← →, Shift, Enter","In the bars: move, select, narrow"],["?","Show these keys"]]};var Fe=class{constructor(e,t){this.tag=e;this.zone=t;this.language=/^de\b/i.test(e)?"de":"en",this.words=this.language==="de"?Pn:Ln,this.#e=this.language==="en"&&!/^en-\w/i.test(e)?"en-GB":e}#e;number(e){return new Intl.NumberFormat(this.#e).format(e)}date(e){return this.#t(e,{day:"numeric",month:"short",year:"numeric"})}clock(e){return this.#t(e,{hour:"2-digit",minute:"2-digit",second:"2-digit"})}minute(e){return`${this.date(e)} ${this.#t(e,{hour:"2-digit",minute:"2-digit"})}`}full(e){let t=Date.parse(e);return`${this.#t(t,{weekday:"short"})}, ${this.date(t)}, ${z(e,this.zone).slice(11).replace(/(Z|[+-]\d\d:\d\d)$/,"")}`}zoneAt(e){return this.zone==="UTC"?"UTC":`${this.zone}, UTC${it(e,this.zone)}`}tick(e,t){if(t==="1mo")return this.#t(e,{month:"short",year:"numeric"});if(t==="1d"||t==="1w")return this.#t(e,{day:"numeric",month:"short"});let r=this.#t(e,{hour:"2-digit",minute:"2-digit"});return r==="00:00"?this.#t(e,{day:"numeric",month:"short"}):r}bar(e,t){return t==="1mo"?this.#t(e,{month:"long",year:"numeric"}):t==="1d"||t==="1w"?this.date(e):this.minute(e)}range({last:e,from:t,to:r}){return e?(ke.includes(e)?this.words.presets[e]:void 0)??this.words.lastOf(e.slice(0,-1),e.slice(-1)):!t&&!r?this.words.anyTime:this.span(t,r)}span(e,t){return`${e?this.minute(Date.parse(e)):this.words.beginning} – ${t?this.minute(Date.parse(t)):this.words.now}`}#t(e,t){return ve(this.#e,{...t,hourCycle:"h23",timeZone:this.zone}).format(e)}};var De=class{#e=new Map;#t=new Map;#n=new Map;see(e){for(let{actor:t,target:r}of e)this.seeActor(t.id,at(t),t.email??void 0),r?.id&&this.seeTarget(r.id,lt(r)??r.id)}seeActor(e,t,r){if(!this.#e.has(e)){this.#e.set(e,t);for(let i of[e,t,r])i&&this.#n.set(`actor ${i.toLowerCase()}`,e)}}seeTarget(e,t){if(!this.#t.has(e)){this.#t.set(e,t);for(let r of[e,t])this.#n.set(`target ${r.toLowerCase()}`,e)}}of(e,t){return e.endsWith("actor")?this.#e.get(t):e==="target"?this.#t.get(t):void 0}id(e,t){return this.#n.get(`${e} ${t.toLowerCase()}`)}actors(){return this.#e.values()}};var qe=class{constructor(e,t){this.names=e;this.changed=t}#e;#t;show(e,t,r,i){let s=r.event(t);(s||t!==this.#e)&&(this.event=s),this.#e=t,t&&!this.event&&this.#t!==t&&!r.list.isLoading&&this.#n(e,t,i)}forget(){this.event=void 0}async#n(e,t,r){let i;this.#t=t;try{i=an(await e.get(`/events/${encodeURIComponent(t)}`,[["summary",r]])),this.names.see([i])}catch(s){i=s instanceof v?s:new v("other",String(s))}this.#t===t&&(this.#t=void 0),this.#e===t&&(this.event=i,this.changed())}};var Ue=class{constructor(e,t){this.api=e;this.changed=t}#e=new Map;of(e){return this.#e.get(e)}async read(e){try{let t=await this.api()?.get(`/events/${encodeURIComponent(e)}/proof`,[]);t&&this.#e.set(e,Yr(t))}catch(t){this.#e.set(e,t instanceof v?t:new v("other",String(t)))}this.changed()}};function Yr(n){if(n.startsWith("{")){let{status:s,due_by:o}=JSON.parse(n);return s==="pending"?{kind:s,dueBy:o}:{kind:"quarantined"}}let[e="",t=""]=n.split(`

`),r=Number(/^index (\d+)$/m.exec(e)?.[1]),i=Number(t.split(`
`)[1]);return{kind:"sealed",seq:r,size:i,link:URL.createObjectURL(new Blob([n],{type:"text/plain"}))}}function Nn(n,e){let{words:t}=n.locale,{list:r,bars:i}=n.search,s=f=>n.locale.number(f),o=r.events(),d=new Date(n.search.startedAt).toISOString(),c=i.hasAnswer?i.total:r.count,l=i.hasAnswer?i.isComplete:r.isComplete,p=Math.max(i.skipped,r.skipped),h=(f,b)=>a`<div>
<dt>${f}</dt>
<dd>${b}</dd>
</div>`;return a`<article class="report" part="report" aria-label=${t.report}>
<header>
<h2>${t.report}</h2>
<div class="actions">
<button type="button" class="primary" @click=${()=>window.print()}>${g("report")}${t.print}</button>
<button type="button" @click=${()=>n.change({report:void 0})}>
${g("cross")}${t.closeReport}
</button>
</div>
</header>
<dl class="facts">
${e?h(t.reportOf,a`${m(e.org.name??e.org.id)} <code>${e.org.id}</code>`):u}
${h(t.reportFilter,Qr(n))}
${h(t.reportRange,n.search.to?Pe(n):a`${Pe(n,d)} <span class="quiet">${t.whenMade}</span>`)}
${h(t.reportZone,n.locale.zoneAt(n.search.startedAt))}
${h(t.reportCount,`${i.hasAnswer&&!l?t.atLeast(t.events(s(c))):t.events(s(c))} · ${t.failures(s(i.failed))}`)}
${h(t.reportState,a`${l?t.complete:t.searching}${p?` · ${t.skipped(s(p))}`:u}<br />${t.reportRows(s(o.length),s(c))}`)}
${e?h(t.reportRead,m(e.viewer.name??e.viewer.email??e.viewer.id)):u}
${h(t.reportMade,z(d,n.locale.zone))}
</dl>
<table aria-label=${t.report}>
<thead>
<tr>
<th scope="col">${t.time} (${n.locale.zone})</th>
<th scope="col">${t.event}</th>
<th scope="col">${t.result}</th>
<th scope="col">${t.sourceIp}</th>
</tr>
</thead>
<tbody>
${o.map(f=>a`<tr>
<td><time>${z(f.occurred_at,n.locale.zone)}</time><br /><code>${f.id}</code></td>
<td>
${m(te(f))}<br /><code>${f.action}</code> ·
<code>${m(f.actor.id)}</code
>${f.target?.id?a` → <code>${m(f.target.id)}</code>`:u}
</td>
<td>
${t.results[f.result]??m(f.result)}${Ce(f)?a`<br />${m(f.failure_reason??"")}`:u}
</td>
<td class=${f.context?.ip?.includes(":")?"":"address"}>
${f.context?.ip?m(f.context.ip):"–"}
</td>
</tr>`)}
</tbody>
</table>
</article>`}function Qr(n){let{words:e}=n.locale;if(n.view.around)return a`${e.around} <code>${n.view.around.id}</code>, ${e.minutes(n.view.around.minutes)}`;let t=w.filter(r=>n.view.filters[r]?.length);return t.length?t.map((r,i)=>a`${i?e.and:u}${ne(n,r)}
${(n.view.filters[r]??[]).map((s,o)=>{let d=P(n,r,s);return a`${o?e.or:u}<strong>${m(d)}</strong>${d===s?u:a` <code>${m(s)}</code>`}`})}`):e.noFilter}function On(n,e,t,r){let i=n.dataset.event;if(r&&(n.dataset.event=r),n.open&&(!e||t!==n.matches(":modal")))n.close();else if(n.open||!e)return;if(!e)return i;t?n.showModal():n.show()}var Be=class{constructor(e,t){this.names=e;this.changed=t;this.actions=[];this.categories=[]}actor(e){return this.names.id("actor",e)}target(e){return this.names.id("target",e)}suggestions(){return new Set([...this.categories,...this.actions,...this.names.actors()])}async meet(e){try{this.session=JSON.parse(await e.get("/session",[])),this.changed();let t=JSON.parse(await e.get("/catalog",[]));this.categories=t.categories.map(({name:r})=>r),this.actions=t.categories.flatMap(({actions:r})=>r),this.changed()}catch{return this.session}return this.session}};var C=88,Hn=20,ht=12,In=76,Fn=400,Xr=3,ft=class extends y{constructor(){super(...arguments);this.bars=[];this.interval="1d";this.from=0;this.to=0;this.width=600;this.active=-1;this.anchor=-1;this.asTable=!1;this.#e=!1;this.#t=[];this.#n=new ResizeObserver(([t])=>{let r=Math.floor(t?.contentRect.width??0);r>0&&(this.width=r)})}static{this.properties={bars:{attribute:!1},interval:{attribute:!1},from:{attribute:!1},to:{attribute:!1},locale:{attribute:!1},width:{state:!0},active:{state:!0},anchor:{state:!0},asTable:{state:!0}}}#e;#t;#n;createRenderRoot(){return this}connectedCallback(){super.connectedCallback(),this.#n.observe(this)}disconnectedCallback(){super.disconnectedCallback(),this.#n.disconnect()}willUpdate(t){["bars","interval","from","to","locale"].some(r=>t.has(r))&&(this.#t=ei(this.bars,this.interval,this.from,this.to,this.locale.zone),this.active>=this.#t.length&&(this.active=this.anchor=-1))}render(){let{words:t}=this.locale;return this.#t.length>0&&this.#t.length<Xr?u:this.#t.length===0?a`<div class="chart-ghost" aria-hidden="true"></div>`:a`${this.asTable?this.#h():this.#r()}
<div class="chart-foot">
<span class="hint">${this.asTable?u:t.barHint}</span>
<button type="button" class="plain" @click=${()=>this.asTable=!this.asTable}>
${this.asTable?t.showBars:t.showTable}
</button>
</div>`}#r(){let{words:t}=this.locale,r=Math.max(1,...this.#t.map(({count:l})=>l)),[i,s]=[Math.min(this.active,this.anchor),Math.max(this.active,this.anchor)],o=l=>this.#o(l),d=l=>l===0?0:Math.max(2,l/r*(C-ht)),c=(l,p)=>{let[h,f]=[Math.max(0,o(l.at)),Math.min(this.width,o(l.end))],b=f-h>4?1.5:f-h>2?.5:0,[$,k]=[d(l.count),l.failed?Math.max(2,d(l.count)*(l.failed/l.count)):0],$t=`${this.locale.bar(l.at,this.interval)}: ${t.events(this.locale.number(l.count))}, ${t.failures(this.locale.number(l.failed))}`,sr=this.anchor>=0&&p>=i&&p<=s;return U`<g class=${`bar ${sr?"is-selected":""}`} role="button" tabindex=${p===Math.max(0,this.active)?0:-1}
aria-label=${$t} data-index=${p}>
<title>${$t}</title>
<rect class="hit" x=${h} y="0" width=${Math.max(.5,f-h)} height=${C}></rect>
<rect class="count" x=${h+b} y=${C-$} width=${Math.max(.5,f-h-2*b)}
height=${$} rx=${b?1.5:0}></rect>
<rect class="failed" x=${h+b} y=${C-k} width=${Math.max(.5,f-h-2*b)}
height=${k}></rect>
</g>`};return a`<svg
class="chart"
part="chart"
role="group"
aria-label=${t.overTime}
width=${this.width}
height=${C+Hn}
viewBox=${`0 0 ${this.width} ${C+Hn}`}
@keydown=${this.#b}
@focusin=${this.#p}
@pointerdown=${this.#s}
@pointermove=${this.#c}
@pointerup=${this.#m}
@pointercancel=${this.#f}
>
${U`<line class="grid" x1="0" x2=${this.width} y1=${ht} y2=${ht}></line><text class="scale" x="0" y="8">${this.locale.number(r)}</text>
${this.#t.map(c)}
<line class="axis" x1="0" x2=${this.width} y1=${C+.5} y2=${C+.5}></line>
${this.#u().map(({at:l,text:p,anchor:h})=>U`<text class="tick" x=${o(l)} y=${C+15} text-anchor=${h}>${p}</text>`)}`}
</svg>`}#i(){return[this.#t[0]?.at??this.from,this.#t.at(-1)?.end??this.to]}#o(t){let[r,i]=this.#i();return(t-r)/Math.max(1,i-r)*this.width}#u(){let t=[],r=-1/0,i=this.interval==="1mo"?In*1.2:In;for(let{at:s}of this.#t){let o=this.#o(s);o<0||o-r<i||o>this.width-24||(t.push({at:s,text:this.locale.tick(s,this.interval),anchor:o<24?"start":"middle"}),r=o)}return t}#h(){let{words:t}=this.locale,r=this.#t.filter(({count:i})=>i>0).reverse();return a`<div class="bar-table" tabindex="0" role="group" aria-label=${t.showTable}>
<table aria-label=${t.overTime}>
<thead>
<tr>
<th scope="col">${t.period}</th>
<th scope="col">${t.count}</th>
<th scope="col">${t.failed}</th>
</tr>
</thead>
<tbody>
${r.map(i=>a`<tr>
<th scope="row">
<button type="button" class="plain" @click=${()=>this.#l(i.at,i.end)}>
${this.locale.bar(i.at,this.interval)}
</button>
</th>
<td>${this.locale.number(i.count)}</td>
<td>${this.locale.number(i.failed)}</td>
</tr>`)}
</tbody>
</table>
</div>`}#d(t){let r=t.target.closest?.("[data-index]");return r?Number(r.getAttribute("data-index")):-1}#a(t){let r=this.querySelector(".chart")?.getBoundingClientRect();if(!r||this.#t.length===0)return-1;let[i,s]=this.#i(),o=i+(t.clientX-r.left)/r.width*(s-i),d=this.#t.findIndex(c=>o<c.end);return d<0?this.#t.length-1:d}#s(t){t.button===0&&(this.#e=!0,this.active=this.anchor=this.#a(t),t.currentTarget.setPointerCapture(t.pointerId))}#c(t){this.#e&&(this.active=this.#a(t))}#m(){this.#e&&this.#g()}#f(){this.#e=!1,this.anchor=-1}#p(t){let r=this.#d(t);r>=0&&!this.#e&&(this.active=r)}#b(t){let i={ArrowLeft:-1,ArrowRight:1,Home:-this.#t.length,End:this.#t.length}[t.key];i!==void 0?(t.preventDefault(),t.stopPropagation(),t.shiftKey&&this.anchor<0&&(this.anchor=this.active),t.shiftKey||(this.anchor=-1),this.active=Math.min(this.#t.length-1,Math.max(0,this.active+i)),this.updateComplete.then(()=>this.querySelector(`[data-index="${this.active}"]`)?.focus())):t.key==="Enter"||t.key===" "?(t.preventDefault(),t.stopPropagation(),this.anchor<0&&(this.anchor=this.active),this.#g()):t.key==="Escape"&&this.anchor>=0&&(t.stopPropagation(),this.#f())}#g(){let[t,r]=[this.#t[Math.min(this.active,this.anchor)],this.#t[Math.max(this.active,this.anchor)]];this.#f(),t&&r&&this.#l(t.at,r.end)}#l(t,r){let i={from:new Date(t).toISOString(),to:new Date(r).toISOString()};this.dispatchEvent(new CustomEvent("narrow",{detail:i}))}};function ei(n,e,t,r,i){let[s]=n;if(!s)return[];let o=l=>({time:"",at:l,count:0,failed:0}),d=[];for(let l=s.at;l>t&&d.length<Fn;)d.unshift(o(l=ye(l,e,i,-1)));let c=new Map(n.map(l=>[l.at,l]));for(let{at:l}=s;l<r&&d.length<Fn;l=ye(l,e,i,1))d.push(c.get(l)??o(l));return d.map(l=>({...l,end:ye(l.at,e,i,1)}))}customElements.define("audit-log-histogram",ft);function Dn(n,e){let{bars:t,from:r,to:i,startedAt:s}=n.search,o=({detail:p})=>{let h=r&&r>p.from?r:p.from;n.change({range:{from:h,to:i&&i<p.to?i:p.to},around:void 0})},d=t.bars(),c=r?Date.parse(r):d[0]?.at??s,l=t.failure&&!t.hasAnswer||t.isComplete&&t.total===0;return a`<section class="statistics" part="statistics" aria-label=${n.locale.words.statistics}>
<div class="truth-line">${cn(n)}${l?u:e}</div>
${l?u:a`<audit-log-histogram
.bars=${d}
.interval=${t.interval}
.locale=${n.locale}
.from=${c}
.to=${i?Date.parse(i):s}
@narrow=${o}
></audit-log-histogram>`}
</section>`}var{I:Go}=Ot;var qn=n=>n.strings===void 0;var ie=(n,e)=>{let t=n._$AN;if(t===void 0)return!1;for(let r of t)r._$AO?.(e,!1),ie(r,e);return!0},Ve=n=>{let e,t;do{if((e=n._$AM)===void 0)break;t=e._$AN,t.delete(n),n=e}while(t?.size===0)},Un=n=>{for(let e;e=n._$AM;n=e){let t=e._$AN;if(t===void 0)e._$AN=t=new Set;else if(t.has(n))break;t.add(n),ri(e)}};function ti(n){this._$AN!==void 0?(Ve(this),this._$AM=n,Un(this)):this._$AM=n}function ni(n,e=!1,t=0){let r=this._$AH,i=this._$AN;if(i!==void 0&&i.size!==0)if(e)if(Array.isArray(r))for(let s=t;s<r.length;s++)ie(r[s],!1),Ve(r[s]);else r!=null&&(ie(r,!1),Ve(r));else ie(this,n)}var ri=n=>{n.type==$n.CHILD&&(n._$AP??=ni,n._$AQ??=ti)},Ze=class extends K{constructor(){super(...arguments),this._$AN=void 0}_$AT(e,t,r){super._$AT(e,t,r),Un(this),this.isConnected=e._$AU}_$AO(e,t=!0){e!==this.isConnected&&(this.isConnected=e,e?this.reconnected?.():this.disconnected?.()),t&&(ie(this,e),Ve(this))}setValue(e){if(qn(this._$Ct))this._$Ct._$AI(e,this);else{let t=[...this._$Ct._$AH];t[this._$Ci]=e,this._$Ct._$AI(t,this,0)}}disconnected(){}reconnected(){}};var gt=new WeakMap,Bn=re(class extends Ze{render(n){return u}update(n,[e]){let t=e!==this.G;return t&&this.rt(void 0),(t||this.lt!==this.ct)&&(this.G=e,this.ht=n.options?.host,this.rt(this.ct=n.element)),u}rt(n){if(this.G!==void 0)if(this.isConnected||(n=void 0),typeof this.G=="function"){let e=this.ht??globalThis,t=gt.get(e);t===void 0&&(t=new WeakMap,gt.set(e,t)),t.get(this.G)!==void 0&&this.G.call(this.ht,void 0),t.set(this.G,n),n!==void 0&&this.G.call(this.ht,n)}else this.G.value=n}get lt(){return typeof this.G=="function"?gt.get(this.ht??globalThis)?.get(this.G):this.G?.value}disconnected(){this.lt===this.ct&&this.rt(void 0)}reconnected(){this.rt(this.ct)}});var ii=["api_key","service","system"];function Vn(n){let e=[],t=0;for(;t<n.length;){let r=t+1;for(;r<n.length&&si(n[t],n[r]);)r+=1;let i=n.slice(t,r);i.length>=4?e.push(i):e.push(...i.map(s=>[s])),t=r}return e}function si(n,e){return n!==void 0&&e!==void 0&&ii.includes(n.actor.type)&&n.actor.type===e.actor.type&&n.actor.id===e.actor.id&&n.action===e.action&&n.result===e.result}var mt=20,bt=class extends y{constructor(){super(...arguments);this.events=[];this.link="";this.first=0;this.openRuns=new Set;this.version=0}static{this.properties={events:{attribute:!1},locale:{attribute:!1},link:{attribute:!1},first:{attribute:!1},open:{attribute:!1},pinned:{attribute:!1},openRuns:{attribute:!1},version:{attribute:!1}}}createRenderRoot(){return this}connectedCallback(){super.connectedCallback(),this.setAttribute("role","rowgroup")}render(){let t=this.first,r=Vn(this.events).map(s=>{let[o]=s;if(!o)return u;if(s.length===1)return this.#e(o,t+=1);let d=this.openRuns.has(o.id)||s.some(({id:p})=>p===this.open||p===this.pinned),c=this.#t(s,o,d,t+=1),l=d?s.map((p,h)=>this.#e(p,t+h+1,"member")):u;return t+=s.length,a`${c}${l}`});return Array.from({length:Math.ceil(r.length/mt)},(s,o)=>r.slice(o*mt,(o+1)*mt)).map(s=>a`<div class="chunk" role="presentation">${s}</div>`)}#e(t,r,i=""){let{words:s}=this.locale,o=Date.parse(t.occurred_at),d=t.result==="failed",c=t.context?.ip,l=`row ${i} ${d?"is-failed":""} ${t.id===this.open?"is-open":""}`;return a`<div
role="row"
class=${l}
part="row"
data-id=${t.id}
aria-rowindex=${r+1}
aria-current=${t.id===this.pinned?"true":u}
>
<div role="cell" class="time">
<a
href=${this.link+t.id}
tabindex="-1"
data-open=${t.id}
aria-label=${`${this.locale.date(o)}, ${this.locale.clock(o)}, ${s.openEvent}`}
><span class="date">${this.locale.date(o)}</span>
<time datetime=${t.occurred_at}>${this.locale.clock(o)}</time></a
>
</div>
<div role="cell" class="mark-cell">${this.#r(t)}</div>
<div role="cell" class="what">${Z(t).map(p=>this.#i(p,t))}</div>
<div role="cell" class="action">${L("action",t.action,t.action)}</div>
<div role="cell" class="ip">${c?L("ip",c,c):a`<span class="none">–</span>`}</div>
</div>`}#t(t,r,i,s){let{words:o}=this.locale,[d,c]=[r,t.at(-1)??r].map(({occurred_at:$})=>Date.parse($)),l=this.locale.number(t.length),p=i?o.hideRun(l):o.showRun(l),h=new Set(t.map(({context:$})=>$?.ip).filter(Boolean)),[f]=h,[b]=Z(r);return a`<div
role="row"
class=${`row run ${r.result==="failed"?"is-failed":""}`}
part="row"
aria-rowindex=${s+1}
>
<div role="cell" class="time">
<span class="date">${this.locale.date(c??0)}</span> <span>${this.locale.clock(c??0)}</span
><span class="until"> – ${this.#n(c??0,d??0)}</span>
</div>
<div role="cell" class="mark-cell">${this.#r(r)}</div>
<div role="cell" class="what">
${b?this.#i({text:b.of==="actor"?b.text:r.actor.id,of:"actor"},r):u}
<span class="run-action">${L("action",r.action,r.action)}</span>
<span class="times">× ${l}</span>
<button type="button" class="toggle" tabindex="-1" data-run=${r.id} aria-expanded=${String(i)}>
${g(i?"up":"down")}${p}
</button>
</div>
<div role="cell" class="action">${L("action",r.action,r.action)}</div>
<div role="cell" class="ip">
${h.size===1&&f?L("ip",f,f):a`<span class="none">–</span>`}
</div>
</div>`}#n(t,r){let i=this.locale.clock(r);return this.locale.date(t)===this.locale.date(r)?i:`${this.locale.date(r)} ${i}`}#r({result:t}){let r=this.locale.words.results[t]??t;return a`<span class=${`result ${t==="failed"?"failed":"succeeded"}`} title=${r}
>${g(t==="failed"?"failed":"check")}<span class="quiet">${r}</span></span
>`}#i({text:t,of:r},i){if(r==="actor"){let s=i.actor.type==="user"?u:a` <span class="tag">${this.locale.words.actorTypes[i.actor.type]??i.actor.type}</span>`;return a`${L("actor",i.actor.id,t,"actor")}${s}`}return r==="target"&&i.target?.id?L("target",i.target.id,t,"target"):r==="action"?L("action",i.action,t):r?a`<span class=${`token ${r}`}>${m(t)}</span>`:m(t)}};function L(n,e,t,r=""){return a`<button type="button" class=${`value ${r}`} tabindex="-1" data-field=${n} data-value=${e}>
${m(t)}
</button>`}customElements.define("audit-log-rows",bt);var oi="1200px",Kn=()=>{},Zn=new IntersectionObserver(n=>{n.some(({isIntersecting:e})=>e)&&Kn()},{rootMargin:oi});function Wn(n,e){let{words:t}=n.locale,{list:r,openRuns:i}=n.search,{around:s,event:o}=n.view,d=n.link({event:void 0,panel:void 0,report:void 0}),c=`${d}${/[#?]./.test(d)?"&":d.endsWith("#")?"":"?"}event=`,l=0,p=(h,f)=>a`<div role="columnheader" class=${h}>${f}</div>`;return a`<div
role="table"
tabindex="-1"
class="table"
part="table"
aria-label=${t.table}
aria-rowcount=${r.isComplete?r.count+1:-1}
aria-busy=${String(r.isLoading)}
>
<div role="rowgroup" class="table-head">
<div role="row" class="row" aria-rowindex="1">
${p("time",a`${t.time} <span class="zone">(${n.locale.zone})</span>`)}${p("mark-cell",a`<span class="sr">${t.result}</span>`)}
${p("what",t.event)}${p("action",t.action)}${p("ip",t.sourceIp)}
</div>
</div>
${r.pages.map(h=>{let f=$=>$&&h.events.some(k=>k.id===$)?$:void 0,b=a`<audit-log-rows
.events=${h.events}
.locale=${n.locale}
.link=${c}
.first=${l}
.open=${f(o)}
.pinned=${f(s?.id)}
.openRuns=${i}
.version=${h.events.some(({id:$})=>i.has($))?i.size:0}
></audit-log-rows>`;return l+=h.events.length,h.events.length?b:u})}
${r.isLoading&&r.pages.length===0?a`<div class="ghosts" aria-hidden="true">
${Array.from({length:12},()=>a`<div class="ghost"><span></span><span></span><span></span></div>`)}
</div>`:u}
</div>
${ai(n,e)}`}function ai(n,e){let{words:t}=n.locale,{list:r}=n.search;return r.count===0?u:r.isComplete?a`<p class="end quiet">${n.view.order==="newest"?t.end:t.endOldest}</p>`:a`<div class="more" ${Bn(s=>{Zn.disconnect(),Kn=e,s&&!r.failure&&Zn.observe(s)})}>
<button type="button" ?disabled=${r.isLoading} @click=${e}>
${r.isLoading?t.loadingMore:t.loadMore}
</button>
</div>`}var Gn=':host{color-scheme:light dark;--accent: var(--audit-log-accent, light-dark(#3d4fd1, #93a4ff));--on-accent: var(--audit-log-on-accent, light-dark(#ffffff, #10131a));--text: var(--audit-log-text, light-dark(#1a1d24, #e6e9ef));--quiet: var(--audit-log-quiet, light-dark(#59616f, #9ba5b4));--background: var(--audit-log-background, light-dark(#ffffff, #12151b));--raised: var(--audit-log-raised, light-dark(#ffffff, #1a1e26));--sunken: var(--audit-log-sunken, light-dark(#f5f6f8, #171b22));--line: var(--audit-log-line, light-dark(#e2e5ea, #2a303b));--control-line: light-dark(#c6ccd5, #3c4452);--failed: var(--audit-log-failed, light-dark(#b3261e, #ff938a));--failed-soft: light-dark(#fdf0ee, #2b1a1b);--succeeded: var(--audit-log-succeeded, light-dark(#1b7f4d, #62d49b));--bar: light-dark(#8f9bea, #5566c9);--accent-soft: light-dark(#eef0fd, #20263f);--mark: light-dark(#8a4b00, #ffc46b);--radius: var(--audit-log-radius, 8px);--mono: var( --audit-log-font-mono, ui-monospace, "SFMono-Regular", "Cascadia Code", "Liberation Mono", Menlo, monospace );--shadow: 0 1px 2px light-dark(#10182810, #00000040), 0 8px 28px light-dark(#10182824, #00000080);display:block;container-type:inline-size;color:var(--text);background:var(--background);font:14px/1.5 var(--audit-log-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif);font-variant-numeric:tabular-nums;text-align:start}:host([theme="light"]){color-scheme:light}:host([theme="dark"]){color-scheme:dark}:host([hidden]){display:none}*,*:before,*:after{box-sizing:border-box}h2,h3,h4,p,ul,dl,dd,dt{margin:0;padding:0}ul{list-style:none}code,pre,kbd{font-family:var(--mono);font-size:.92em}.log{padding:var(--audit-log-padding, 20px 24px 48px);max-inline-size:var(--audit-log-max-width, 1680px);margin-inline:auto}.quiet{color:var(--quiet)}.is-failed{color:var(--failed)}.sr{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}.icon{inline-size:16px;block-size:16px;flex:none;fill:none;stroke:currentColor;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}.icon-arrow:dir(rtl){transform:scaleX(-1)}.tag{display:inline-block;padding:0 6px;border-radius:5px;border:1px solid var(--line);background:var(--sunken);color:var(--quiet);font-size:11px;line-height:17px;white-space:nowrap;vertical-align:1px}.mark{display:inline-block;margin-inline:1px;padding:0 3px;border-radius:3px;border:1px dashed var(--mark);color:var(--mark);font:10px/14px var(--mono);direction:ltr;unicode-bidi:isolate;vertical-align:1px}.shows-report>.screen{display:none}:focus-visible{outline:2px solid var(--accent);outline-offset:1px;border-radius:5px}.head{display:flex;flex-wrap:wrap;align-items:center;gap:8px 16px;margin-block-end:14px}.head h2{font-size:20px;line-height:28px;font-weight:650;letter-spacing:-.01em;flex:1 1 auto}.tools{display:flex;flex-wrap:wrap;align-items:center;gap:6px}.toast{position:fixed;inset-block-end:24px;inset-inline-start:50%;translate:-50% 0;z-index:10;padding:8px 16px;border-radius:999px;background:var(--text);color:var(--background);font-weight:550;box-shadow:var(--shadow);pointer-events:none}:host(:dir(rtl)) .toast{translate:50% 0}.toast:empty{visibility:hidden}@media(prefers-reduced-motion:no-preference){button,.row,.chip{transition:background-color .12s,border-color .12s,color .12s}}@container (max-width: 760px){.log{padding:14px 14px 40px}}:host(:dir(rtl)) :is(.truth,.what,.sentence,.when,.time,.facet .name,.state,.unclear,.drop,.hint){direction:ltr;text-align:right}';var jn="button,input,select{font:inherit;color:inherit}button{cursor:pointer}button:disabled{cursor:default;opacity:.45}.actions{display:flex;flex-wrap:wrap;gap:6px}.actions button,.actions a,.more button,.primary,.drop,.around button,.popover.range button{display:inline-flex;align-items:center;gap:6px;min-block-size:32px;padding:4px 12px;border:1px solid var(--control-line);border-radius:var(--radius);background:var(--raised);font-weight:550;white-space:nowrap}.actions a{color:inherit;text-decoration:none}.actions a:hover,.actions button:hover:enabled,.more button:hover:enabled,.drop:hover,.popover.range button:hover{background:var(--sunken);border-color:var(--quiet)}.log button.primary{border-color:var(--accent);background:var(--accent);color:var(--on-accent)}.log button.primary:hover:enabled{background:color-mix(in oklab,var(--accent),black 12%);border-color:transparent}.plain{padding:2px 4px;border:0;background:none;color:var(--accent);font-weight:550;border-radius:5px;text-align:start}.plain:hover{text-decoration:underline}.tool{display:inline-grid;place-items:center;inline-size:32px;block-size:32px;padding:0;border:1px solid transparent;border-radius:var(--radius);background:none;color:var(--quiet)}.tool:hover:enabled{background:var(--sunken);color:var(--text);border-color:var(--line)}.select{display:inline-flex;align-items:center;position:relative;color:var(--quiet)}.select .icon{position:absolute;inset-inline-start:9px;pointer-events:none}.select .icon+select{padding-inline-start:30px}select,input{min-block-size:34px;padding:4px 10px;border:1px solid var(--control-line);border-radius:var(--radius);background:var(--raised);color:var(--text)}.select select{min-block-size:32px;max-inline-size:270px;border-color:var(--line)}select:hover,input:hover{border-color:var(--quiet)}input::placeholder{color:var(--quiet);opacity:1}";var Jn=".body{display:grid;grid-template-columns:minmax(0,1fr);gap:20px;align-items:start}.main{position:relative;min-inline-size:0}.table:focus{outline:none}.table{border:1px solid var(--line);border-radius:calc(var(--radius) + 2px);background:var(--raised);overflow:clip}.row{display:grid;grid-template-columns:158px 26px minmax(0,1fr) minmax(0,190px) minmax(0,138px);column-gap:12px;align-items:baseline;padding:7px 14px;border-block-end:1px solid var(--line);border-inline-start:3px solid transparent;scroll-margin-block:60px}.table-head .row{position:sticky;padding-block:6px;background:var(--sunken);color:var(--quiet);font-size:12px;font-weight:600}.table-head{position:sticky;inset-block-start:var(--audit-log-sticky-top, 0);z-index:2}audit-log-rows{display:block}.chunk{content-visibility:auto;contain-intrinsic-size:auto 760px}audit-log-rows:last-of-type>.chunk:last-child>.row:last-child{border-block-end:0}audit-log-rows .row:hover{background:var(--sunken);cursor:default}.row.is-failed{border-inline-start-color:var(--failed);color:inherit}.row.is-open,audit-log-rows .row.is-open:hover{background:var(--accent-soft);border-inline-start-color:var(--accent)}.row[aria-current=true]{background:var(--accent-soft);border-inline-start-color:var(--accent);box-shadow:inset 0 0 0 1px var(--accent)}.row.member{padding-inline-start:30px;background:color-mix(in oklab,var(--sunken),transparent 40%)}.row>*{min-inline-size:0}.row .time{white-space:nowrap}.time a{color:inherit;text-decoration:none;border-radius:4px}.time a:hover time{text-decoration:underline}.date,.run .until{color:var(--quiet)}.run .time{white-space:normal}.zone{font-weight:400;color:var(--quiet)}.mark-cell{align-self:start;padding-block-start:3px}.row .result .icon{display:block}.row .result>.quiet{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%)}.result.succeeded{color:var(--succeeded)}.result.failed{color:var(--failed)}.what{overflow-wrap:anywhere}.value{padding:0;border:0;border-radius:3px;background:none;text-align:start;overflow-wrap:anywhere;font-weight:400;text-decoration:underline transparent;text-underline-offset:3px;user-select:text}.value:hover{text-decoration-color:var(--accent);color:var(--accent)}.what .value,.what .token{font-weight:600}.what .token.old{font-weight:400;text-decoration:line-through;text-decoration-color:var(--quiet)}.row .action .value,.row .ip .value{font:12.5px/20px var(--mono);color:var(--quiet)}.row .action .value:hover,.row .ip .value:hover{color:var(--accent)}.none{color:var(--quiet)}.run-action .value{font:12.5px/20px var(--mono)}.times{font-weight:600;color:var(--quiet)}.toggle{display:inline-flex;align-items:center;gap:4px;margin-inline-start:6px;padding:0 8px 0 6px;border:1px solid var(--line);border-radius:999px;background:var(--sunken);color:var(--quiet);font-size:12px}.toggle:hover{color:var(--text);border-color:var(--quiet)}.toggle .icon{inline-size:12px;block-size:12px}.more,.end{padding:14px;text-align:center}.ghost{display:grid;grid-template-columns:150px 1fr 120px;gap:20px;padding:12px 16px;border-block-end:1px solid var(--line)}.ghost span{block-size:12px;border-radius:4px;background:var(--sunken)}.pill{position:sticky;inset-block-start:calc(var(--audit-log-sticky-top, 0px) + 40px);z-index:3;display:flex;align-items:center;gap:6px;inline-size:fit-content;margin:0 auto -34px;padding:5px 14px 5px 10px;border:0;border-radius:999px;background:var(--accent);color:var(--on-accent);font-weight:600;box-shadow:var(--shadow);inset-inline:0}.state{display:grid;justify-items:center;gap:4px;padding:44px 20px;text-align:center}.table:has(+.state){display:none}.main:has(audit-log-rows) .table{display:block}.state h3{font-size:17px;font-weight:650}.state p{max-inline-size:46ch;color:var(--quiet);white-space:pre-line;overflow-wrap:anywhere}.state .actions{margin-block-start:12px;justify-content:center}.state .badge{display:grid;place-items:center;inline-size:44px;block-size:44px;margin-block-end:8px;border-radius:50%;background:var(--sunken);color:var(--quiet)}.state .badge .icon{inline-size:20px;block-size:20px}.state[role=alert] .badge{background:var(--failed-soft);color:var(--failed)}@container (min-width: 1080px){.log:not(.has-panel) .run-action{display:none}.has-counts .body{grid-template-columns:210px minmax(0,1fr)}.has-panel .body{grid-template-columns:minmax(0,1fr) 440px}.has-panel .facets{display:none}.has-panel .row{grid-template-columns:158px 26px minmax(0,1fr) minmax(0,120px)}.has-panel .row .action{display:none}}@container (min-width: 1440px){.has-panel.has-counts .body{grid-template-columns:210px minmax(0,1fr) 460px}.has-panel .facets{display:block}}@container (max-width: 1079px){.row{grid-template-columns:152px 22px minmax(0,1fr) minmax(0,130px)}.row .action{display:none}.facets{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:0 24px;padding:12px 16px 0;border:1px solid var(--line);border-radius:var(--radius)}}@container (max-width: 760px){.row{grid-template-columns:18px minmax(0,1fr) auto;gap:0 8px;padding:8px 12px}.row .mark-cell{grid-row:1 / span 2;grid-column:1}.row .time{grid-row:1;grid-column:2;font-size:12.5px}.row .ip{grid-row:1;grid-column:3;text-align:end;max-inline-size:150px}.row .what{grid-row:2;grid-column:2 / -1}.table-head .row .what,.table-head .row .ip{position:absolute;clip-path:inset(50%)}.chunk{contain-intrinsic-size:auto 1200px}.row .ip .value{font-size:12px}}@media(forced-colors:active){.row.is-failed{border-inline-start-color:Mark}.row.is-open,.row[aria-current=true]{outline:2px solid Highlight;outline-offset:-2px}}";var Yn='dialog{padding:0;border:1px solid var(--line);border-radius:calc(var(--radius) + 2px);background:var(--raised);color:inherit}dialog::backdrop{background:#0b0d1299}dialog.panel[open]{position:sticky;inset:auto;inset-block-start:calc(var(--audit-log-sticky-top, 0px) + 8px);margin:0;inline-size:100%;max-inline-size:none;max-block-size:calc(100dvh - var(--audit-log-sticky-top, 0px) - 16px);display:flex;flex-direction:column;overflow:hidden}dialog.panel:modal{position:fixed;inset:0;inset-inline-start:auto;inline-size:min(560px,100vw);block-size:100dvh;max-block-size:none;border-radius:0;box-shadow:var(--shadow)}dialog.keyboard{inline-size:min(460px,calc(100vw - 24px));padding-block-end:14px;box-shadow:var(--shadow)}dialog.keyboard dl{padding-inline:18px}.panel-head{display:flex;align-items:center;gap:2px;padding:8px 10px 8px 18px;border-block-end:1px solid var(--line)}.panel-head:dir(rtl){padding:8px 18px 8px 10px}.panel-head h3{flex:1;font-size:14px;font-weight:600;color:var(--quiet)}.panel-body{padding:16px 18px 22px;overflow:auto}.panel-body:focus-visible{outline-offset:-3px}.panel .sentence{font-size:17px;line-height:1.42;overflow-wrap:anywhere;letter-spacing:-.005em}.panel .sentence strong{font-weight:650}.panel .sentence strong.old{font-weight:400;text-decoration:line-through;text-decoration-color:var(--quiet)}.panel .when{margin-block-start:4px;color:var(--quiet);overflow-wrap:anywhere}.panel .result.big{display:flex;flex-wrap:wrap;align-items:center;gap:6px;margin-block:10px 14px;font-weight:600}.panel .reason{font-weight:400;color:var(--text);overflow-wrap:anywhere;flex-basis:100%;padding:6px 10px;border-radius:6px;background:var(--failed-soft)}.panel section{margin-block-start:20px}.panel h4{margin-block-end:6px;font-size:12px;font-weight:600;color:var(--quiet)}.panel .sealing{margin-block-start:22px;align-items:center}.panel .copies{margin-block-start:22px;padding-block-start:16px;border-block-start:1px solid var(--line)}.changes{inline-size:100%;border-collapse:separate;border-spacing:0;border:1px solid var(--line);border-radius:var(--radius);overflow:hidden;table-layout:fixed}.changes th,.changes td{padding:7px 10px;text-align:start;vertical-align:top;overflow-wrap:anywhere;font-weight:400}.changes thead th{background:var(--sunken);color:var(--quiet);font-size:12px}.changes tbody tr+tr>*{border-block-start:1px solid var(--line)}.changes tbody th{font-family:var(--mono);font-size:12.5px}.changes thead th:first-child{inline-size:32%}.changes del{text-decoration-color:color-mix(in oklab,var(--failed),transparent 40%);color:var(--quiet)}.changes ins{text-decoration:none;font-weight:600;padding:1px 5px;margin-inline-start:-5px;border-radius:4px;background:color-mix(in oklab,var(--succeeded),transparent 86%)}.changes del:has(.unset){text-decoration:none}.changes ins:has(.unset){background:none;font-weight:400}.changes .arrow{float:inline-start;margin-inline:-4px 4px}.changes .arrow .icon{inline-size:13px;block-size:13px;vertical-align:-2px}.unset{color:var(--quiet);font-style:italic}.entry{display:grid;grid-template-columns:minmax(88px,116px) minmax(0,1fr);gap:10px;padding:4px 0;align-items:baseline;border-block-end:1px solid color-mix(in oklab,var(--line),transparent 45%)}.entry dt{color:var(--quiet)}.entry dd{display:flex;align-items:baseline;gap:8px;min-inline-size:0}.entry .text{flex:1;min-inline-size:0;overflow-wrap:anywhere}.entry .narrow{display:inline-flex;gap:2px;margin-inline-start:auto}.entry .tool{inline-size:26px;block-size:24px;border-radius:6px}.entry .tool .icon{inline-size:14px;block-size:14px}.tree{font-size:13px}.tree ul ul{padding-inline-start:16px;border-inline-start:1px solid var(--line);margin-inline-start:4px}.tree li{padding-block:2px;overflow-wrap:anywhere}.tree .key{font-family:var(--mono);font-size:12px;color:var(--quiet)}.tree .key:after{content:":"}.tree .size{color:var(--quiet);font-size:12px}.tree .string{white-space:pre-wrap}.tree code.number,.tree code.literal{color:var(--accent)}summary{cursor:pointer;border-radius:4px}.raw{margin-block-start:14px}.raw summary{color:var(--quiet);font-size:12px;font-weight:600}.raw pre{margin:8px 0 0;padding:10px 12px;border-radius:var(--radius);background:var(--sunken);border:1px solid var(--line);overflow:auto;max-block-size:360px;font-size:12px;line-height:1.5;unicode-bidi:plaintext}.figures{display:flex;gap:28px;margin-block:14px 10px;color:var(--quiet)}.figures strong{display:block;font-size:22px;line-height:28px;font-weight:650;color:var(--text)}.figures .is-failed,.figures .is-failed strong{color:var(--failed)}.panel .actions+dl{margin-block-start:16px}.tally{inline-size:100%;border-collapse:collapse;font-size:13px}.tally th,.tally td{padding:4px 0 4px 10px;border-block-end:1px solid color-mix(in oklab,var(--line),transparent 45%);text-align:end;font-weight:400;vertical-align:baseline}.tally th{padding-inline:0;text-align:start;overflow-wrap:anywhere}.tally th .plain{font:12.5px/18px var(--mono);padding:2px 0}.tally td{white-space:nowrap}.tally td:nth-child(2){color:var(--quiet);font-size:12px}';var Qn=".report{max-inline-size:1040px;margin-inline:auto}.report header{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:center;gap:10px;margin-block-end:14px}.report h2{font-size:22px;font-weight:650;letter-spacing:-.01em}.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(240px,1fr));gap:12px 24px;padding:14px 16px;margin-block-end:18px;border:1px solid var(--line);border-radius:var(--radius);background:var(--sunken)}.facts dt{font-size:12px;color:var(--quiet)}.facts dd{overflow-wrap:anywhere}.report table{inline-size:100%;border-collapse:collapse;font-size:13px}.report th{text-align:start;font-size:12px;color:var(--quiet);border-block-end:2px solid var(--control-line)}.report th,.report td{padding:6px 12px 6px 0;vertical-align:top;overflow-wrap:anywhere}.report td{border-block-end:1px solid var(--line)}.report td:first-child{inline-size:300px}.report td:nth-child(3){min-inline-size:9em}.report td.address{white-space:nowrap}.report td:last-child{min-inline-size:96px;overflow-wrap:normal;word-break:normal}.report code{font-size:11px;color:var(--quiet)}.has-report:not(.shows-report) .report{display:none}@container (max-width: 760px){.report thead{position:absolute;clip-path:inset(50%)}.report tr,.report td,.report td:first-child{display:block;inline-size:auto}.report tr{padding-block:8px;border-block-end:1px solid var(--line)}.report td{padding:2px 0;border:0}}@media print{:host{color-scheme:light;background:none;font-size:10.5px;container-type:normal}.log{padding:0;max-inline-size:none}.screen,.toast,.report .actions{display:none}.has-report:not(.shows-report) .report,.report{display:block;max-inline-size:none}.report table{font-size:9.5px}.report code{font-size:8.5px;color:inherit}.report td:first-child{inline-size:205px}.report tr{break-inside:avoid}.report thead{display:table-header-group}.facts{background:none;font-size:10.5px}}";var Xn=".statistics{padding:12px 16px 6px;margin-block-end:14px;border:1px solid var(--line);border-radius:calc(var(--radius) + 2px);background:var(--raised)}.truth-line{display:flex;flex-wrap:wrap;justify-content:space-between;gap:2px 16px;margin-block-end:8px}.truth-line .plain{margin-inline-start:-4px}.truth{color:var(--quiet)}.truth strong{color:var(--text);font-size:17px;font-weight:650;letter-spacing:-.01em}.truth .dot{margin-inline:1px}.truth .complete{color:var(--succeeded);font-weight:550}.truth .searching{color:var(--mark);font-weight:550}audit-log-histogram{display:block;direction:ltr}.chart-ghost{block-size:134px}svg.chart{display:block;max-inline-size:100%;overflow:visible;touch-action:pan-y;user-select:none;cursor:crosshair}.bar .hit{fill:transparent}.bar .count{fill:var(--bar)}.bar .failed{fill:var(--failed)}.bar:hover .hit{fill:color-mix(in oklab,var(--text),transparent 93%)}.bar.is-selected .hit{fill:color-mix(in oklab,var(--accent),transparent 78%)}.bar:focus{outline:none}.bar:focus-visible .hit{fill:color-mix(in oklab,var(--accent),transparent 82%);stroke:var(--accent);stroke-width:2}.chart .axis{stroke:var(--control-line)}.chart .grid{stroke:var(--line);stroke-dasharray:2 4}.chart text{fill:var(--quiet);font-size:11px}.chart .scale{paint-order:stroke;stroke:var(--raised);stroke-width:4px}.chart-foot{display:flex;justify-content:space-between;align-items:baseline;gap:12px;font-size:12px;color:var(--quiet)}.bar-table{max-block-size:260px;overflow:auto}.bar-table table{inline-size:100%;border-collapse:collapse}.bar-table th,.bar-table td{padding:3px 8px;border-block-end:1px solid var(--line);text-align:start;font-weight:400}.bar-table thead th{position:sticky;inset-block-start:0;background:var(--raised);color:var(--quiet);font-size:12px}.bar-table td,.bar-table thead th:not(:first-child){text-align:end}.facets{align-self:start}.facet{padding-block-end:14px}.facet h3{font-size:12px;line-height:20px;font-weight:600;color:var(--quiet);margin-block-end:2px}.facet .line{position:relative;display:flex;gap:8px;inline-size:100%;padding:3px 6px 5px;margin-inline-start:-6px;border:0;border-radius:6px;background:none;text-align:start}.facet button.line:hover{background:var(--sunken)}.facet .name{flex:1;min-inline-size:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.facet .number{color:var(--quiet)}.facet .share{position:absolute;inset-inline:6px;inset-block-end:1px;inline-size:calc(100% - 12px);block-size:2px;border-radius:1px;background:var(--line)}.share rect{fill:var(--bar)}.share rect.failed{fill:var(--failed)}.facet>p{padding-block-start:2px;font-size:12px}.skeleton span{display:block;block-size:12px;margin-block:9px;border-radius:4px;background:var(--sunken)}.skeleton span:nth-child(2){inline-size:78%}.skeleton span:nth-child(3){inline-size:60%}@container (max-width: 760px){.statistics{padding:10px 12px 6px}.hint{display:none}.chart-foot{justify-content:end}}@media(forced-colors:active){.bar .count,.share rect{fill:CanvasText}.bar .failed,.share rect.failed{fill:Mark;stroke:CanvasText}.bar.is-selected .hit,.bar:focus-visible .hit{fill:Highlight;forced-color-adjust:none}.chart text{fill:CanvasText}}";var er=".views{display:flex;gap:4px;margin:0 -4px 12px;padding:2px 4px;overflow-x:auto;scrollbar-width:none}.views button{flex:none;padding:4px 12px;border:1px solid transparent;border-radius:999px;background:none;color:var(--quiet);font-weight:550}.views button:hover{background:var(--sunken);color:var(--text)}.views button[aria-pressed=true]{background:var(--accent-soft);color:var(--accent);border-color:color-mix(in oklab,var(--accent),transparent 70%)}.narrowing{display:flex;flex-wrap:wrap;gap:8px;margin-block-end:10px}form.line{display:flex;flex:1 1 420px;flex-wrap:wrap;gap:8px;min-inline-size:0}form.line .input{position:relative;display:flex;flex:1 1 200px;align-items:center;min-inline-size:0}form.line .input .icon{position:absolute;inset-inline-start:10px;color:var(--quiet);pointer-events:none}form.line .input input{inline-size:100%;padding-inline:34px 30px}form.line input::-webkit-calendar-picker-indicator{display:none!important}form.line .input kbd{position:absolute;inset-inline-end:9px;pointer-events:none}form.line .input input:focus+kbd{display:none}form.line input[aria-invalid=true]{border-color:var(--failed)}.unclear{flex-basis:100%;color:var(--failed)}kbd{display:inline-block;min-inline-size:20px;padding:0 5px;border:1px solid var(--control-line);border-block-end-width:2px;border-radius:5px;background:var(--sunken);color:var(--quiet);text-align:center;font-size:11px;line-height:17px}.drop{min-block-size:34px;color:var(--text)}.drop .icon{color:var(--quiet)}.drop>span{overflow:hidden;text-overflow:ellipsis}.chips{display:flex;flex-wrap:wrap;align-items:center;gap:6px 10px;margin-block-end:12px}.chips ul{display:flex;flex-wrap:wrap;gap:6px;min-inline-size:0}.chip{display:inline-flex;align-items:center;gap:5px;max-inline-size:100%;padding:1px 3px 1px 10px;border:1px solid color-mix(in oklab,var(--accent),transparent 65%);border-radius:999px;background:var(--accent-soft)}.chip:dir(rtl){padding:1px 10px 1px 3px}.chip.is-not{border-color:color-mix(in oklab,var(--failed),transparent 60%);background:var(--failed-soft)}.chip .label{color:var(--quiet);white-space:nowrap}.chip strong{font-weight:600;overflow-wrap:anywhere}.chip button{display:inline-grid;place-items:center;inline-size:24px;block-size:24px;padding:0;border:0;border-radius:50%;background:none;color:var(--quiet)}.chip button:hover{background:color-mix(in oklab,var(--text),transparent 88%);color:var(--text)}.chip button .icon{inline-size:12px;block-size:12px;stroke-width:2}.popover{position:fixed;inset:auto;margin:0;padding:6px;border:1px solid var(--line);border-radius:calc(var(--radius) + 3px);background:var(--raised);color:var(--text);box-shadow:var(--shadow);max-inline-size:calc(100vw - 16px)}.menu{min-inline-size:200px;max-inline-size:min(360px,calc(100vw - 16px))}.menu-head{padding:4px 10px 6px;border-block-end:1px solid var(--line);margin-block-end:4px;font-weight:600;overflow-wrap:anywhere}.menu-head>span{display:block;font-size:12px;line-height:16px;font-weight:400;color:var(--quiet)}.menu [role=menuitem]{display:flex;align-items:center;gap:10px;inline-size:100%;padding:6px 10px;border:0;border-radius:6px;background:none;text-align:start}.menu [role=menuitem]:hover,.menu [role=menuitem]:focus{background:var(--accent-soft);outline-offset:-2px}.menu .icon{color:var(--quiet)}.popover.range:popover-open{display:flex;gap:6px;padding:0}.presets{display:flex;flex-direction:column;gap:2px;padding:8px;border-inline-end:1px solid var(--line)}.popover.range .presets button{border-color:transparent;background:none;font-weight:400}.popover.range .presets button:hover{background:var(--sunken)}.popover.range .presets button[aria-pressed=true]{background:var(--accent-soft);color:var(--accent);font-weight:600}.exact{display:flex;flex-direction:column;gap:10px;padding:12px;inline-size:270px;max-inline-size:100%}.exact label{display:flex;flex-direction:column;gap:3px;color:var(--quiet);font-size:12px}.exact label input{font-size:14px;inline-size:100%}.exact .quiet{font-size:12px}.exact button{align-self:flex-end}.around{display:flex;flex-wrap:wrap;align-items:center;gap:8px 14px;margin-block-end:12px;padding:10px 14px;border:1px solid color-mix(in oklab,var(--accent),transparent 60%);border-radius:var(--radius);background:var(--accent-soft)}.around>.icon{color:var(--accent)}.around>div{display:flex;flex-wrap:wrap;gap:0 10px;flex:1 1 220px}.choice{display:inline-flex}.choice button{border-radius:0;margin-inline-end:-1px}.choice button:first-child{border-start-start-radius:var(--radius);border-end-start-radius:var(--radius)}.choice button:last-child{border-start-end-radius:var(--radius);border-end-end-radius:var(--radius)}.choice button[aria-pressed=true]{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}@container (max-width: 760px){.narrowing{gap:8px}form.line{display:contents}form.line select{flex:1 1 92px;min-inline-size:0}form.line .input{order:-1;flex-basis:100%}.unclear{order:1}.drop{flex:1 1 120px;min-inline-size:0;padding-inline:10px;justify-content:space-between}.popover.range:popover-open{flex-direction:column;max-block-size:calc(100dvh - 16px);overflow:auto}.presets{flex-flow:row wrap;border-inline-end:0;border-block-end:1px solid var(--line)}.exact{inline-size:auto}.tools{inline-size:100%}.tools .tool-keyboard{display:none}.tools .select{flex:1 1 90px;min-inline-size:0}.tools .select select{inline-size:100%;min-inline-size:0}}@media(forced-colors:active){.views button[aria-pressed=true],.choice button[aria-pressed=true],.presets button[aria-pressed=true]{border:2px solid Highlight}.log button.primary{border:2px solid ButtonText}}";var tr=[Gn,jn,er,Xn,Jn,Yn,Qn].map(n=>Ge`
${le(n)}
`);var Ke=class{constructor(e){this.changed=e;this.text="";this.#e=0}#e;say(e){this.text=e,this.changed(),clearTimeout(this.#e),e&&(this.#e=window.setTimeout(()=>this.say(""),2500))}copy(e,t){navigator.clipboard.writeText(e).then(()=>this.say(t.copied),()=>this.say(t.copyFailed))}};function nr(n,e,t){let{words:r}=n.locale,i=(d,c,l)=>a`<button
type="button"
role="menuitem"
@click=${()=>{t(),l()}}
>
${g(d)}${c}
</button>`,s=e&&Me(e.field),o={around:void 0,panel:void 0};return a`<div id="menu" class="popover menu" popover part="menu" @keydown=${gi}>
${e?a`<p class="menu-head">
<span>${r.fields[e.field]}</span> ${m(P(n,e.field,e.value))}
</p>
<div role="menu" aria-label=${r.value}>
${i("equal",r.onlyThis,()=>n.change({filters:Ee(n.view,e.field,e.value),...o}))}
${s?i("unequal",r.notThis,()=>n.change({filters:V(n.view,s,e.value),...o})):u}
${e.field==="actor"?i("person",r.showActor,()=>n.change({panel:e.value,event:void 0})):u}
${i("copy",r.copy,()=>n.copy(e.value))}
</div>`:u}
</div>`}function gi(n){let e={ArrowDown:1,ArrowUp:-1}[n.key];if(!e)return;n.preventDefault(),n.stopPropagation();let t=n.currentTarget,r=[...t.querySelectorAll("[role=menuitem]")],i=r.indexOf(t.getRootNode().activeElement);r.at((i+e+r.length)%r.length)?.focus()}function rr(n,e){n.showPopover();let t=({newState:r})=>r==="closed"&&e.focus();n.addEventListener("beforetoggle",t,{once:!0}),ut(n,e),n.querySelector("[role=menuitem]")?.focus()}var se=1080,ir=5e3,vt=class extends y{constructor(){super(...arguments);this.endpoint="/view/v1";this.zone="";this.localeTag="";this.theme="auto";this.state="hash";this.poll=30;this.names=new De;this.proofs=new Ue(()=>this.#e,()=>this.requestUpdate());this.#n=new He;this.#r=new Be(this.names,()=>this.requestUpdate());this.#i=new qe(this.names,()=>this.requestUpdate());this.#u={unclear:void 0};this.#d=new Ke(()=>this.requestUpdate());this.#a=0;this.#s=0;this.#c=!1;this.#m=!1;this.#p=new Ie(this);this.#b=new ResizeObserver(([t])=>this.#z(t?.contentRect.width??0));this.#g=matchMedia("print");this.#A=()=>{this.state!=="none"&&(this.view=this.#t.read(),this.#l())};this.#E=({matches:t})=>{this.#m=t,this.requestUpdate(),this.performUpdate()};this.#P=()=>{this.#c=!this.#c,this.#v(),this.requestUpdate()};this.neighbor=(t,r)=>{let i=this.search.list.events(),s=i.findIndex(({id:o})=>o===t.id);return s<0?void 0:i[s+r]};this.#H=t=>{let r=t.target,i=r.closest("[data-field]"),s=r.closest("[data-run]"),o=r.closest("a[data-open]"),d=r.closest("[data-id]");if(i)this.#F(i);else if(s)this.#I(s.dataset.run??"");else if(o){if(t.ctrlKey||t.metaKey||t.shiftKey||t.altKey)return;t.preventDefault(),this.change({event:o.dataset.open,panel:void 0})}else d&&!r.closest("button, a")&&getSelection()?.isCollapsed!==!1&&this.change({event:d.dataset.id,panel:void 0})}}static{this.styles=tr}static{this.properties={endpoint:{},zone:{},localeTag:{attribute:"locale"},theme:{reflect:!0},state:{},poll:{type:Number},tokenProvider:{attribute:!1}}}#e;#t;#n;#r;#i;#o;#u;#h;#d;#a;#s;#c;#m;#f;#p;#b;#g;connectedCallback(){super.connectedCallback(),addEventListener("popstate",this.#A),this.#g.addEventListener("change",this.#E),this.addEventListener("keydown",this.#p),this.#b.observe(this),this.#k()}disconnectedCallback(){super.disconnectedCallback(),removeEventListener("popstate",this.#A),this.#g.removeEventListener("change",this.#E),this.removeEventListener("keydown",this.#p),this.#b.disconnect(),clearInterval(this.#a),this.search?.stop()}change(t){this.view={...this.view,...t},this.#t.write(this.view),this.#l(),this.#$("audit-log:view",{url:this.link({})})}link(t){return this.#t.link({...this.view,...t})}copy(t){this.#d.copy(t,this.locale.words)}reopen(){this.#i.forget(),this.#l()}refresh(){this.#n.delete(pt(this.view,this.locale.language)),this.#l()}willUpdate(t){if((t.has("tokenProvider")||t.has("endpoint"))&&(this.#e=this.tokenProvider&&new me(this.endpoint.replace(/\/$/,""),this.tokenProvider),this.#n.clear(),this.#e&&this.#R(this.#e)),["tokenProvider","endpoint","zone","state","localeTag"].some(r=>t.has(r))){let r=$e(this.zone)&&this.zone?this.zone:xe(),i={filters:{},range:{},order:"newest",zone:r};this.#t=new Se(this.state,i),this.view=this.#t.read(),this.#l()}t.has("poll")&&this.#k()}#l(){let t=this.localeTag||document.documentElement.lang||navigator.language;if((this.locale?.zone!==this.view.zone||this.locale.tag!==t)&&(this.locale=new Fe(t,this.view.zone)),this.requestUpdate(),!this.#e)return;let r=pt(this.view,this.locale.language),i=this.#n.get(r);(this.search!==i||!i)&&(this.search?.stop(),this.search=i?.list.count?i:this.#S(this.#e,r),this.search===i&&i.resume()),this.#v(),this.#w(this.#e),this.view.report&&this.search.loadUpTo(ir)}#S(t,r){let i=new Oe(t,this.view,this.locale.language,this.names,()=>this.#_(i));return this.#n.keep(r,i),i.start().then(()=>{this.#v(),this.view.report&&i.loadUpTo(ir)}),i}#_(t){if(t!==this.search)return;this.requestUpdate();let{failure:r}=t.list;r&&this.#$("audit-log:failure",{kind:r.kind}),this.#e&&this.#w(this.#e)}#v(){this.#T&&this.search?.count()}#w(t){let{event:r,panel:i}=this.view;this.#i.show(t,r,this.search,this.locale.language),this.#o?.id!==i&&(this.#o?.stop(),this.#o=i?new be(t,i,this.view.zone,()=>this.requestUpdate()):void 0,this.#o?.load())}async#R(t){let r=await this.#r.meet(t);r&&this.#$("audit-log:session",r)}#k(){clearInterval(this.#a);let t=()=>{this.search?.look(this.#r.session?.viewer.id)};this.poll>0&&(this.#a=window.setInterval(t,this.poll*1e3))}#A;#E;#z(t){let[r,i]=[this.#s,t];this.#s=t,!(r>=se==i>=se&&r>0)&&(this.#v(),this.requestUpdate())}#$(t,r){this.dispatchEvent(new CustomEvent(t,{detail:r,bubbles:!0,composed:!0}))}get#T(){return this.#c||this.#s>=se}render(){if(!this.#e||!this.search)return u;let{words:t}=this.locale,r=this.view.report||this.#m,{bars:i,list:s}=this.search,o=!i.failure||i.hasAnswer,d=this.#T&&o&&(s.count>0||s.isLoading),c=`log ${this.#x?"has-panel":""} ${d?"has-counts":""} ${r?"has-report":""} ${this.view.report?"shows-report":""}`;return a`<section
class=${c}
part="log"
lang=${this.locale.language}
aria-label=${t.title}
@click=${this.#H}
>
<div class="screen">
${zn(this,()=>this.#p.help())} ${An(this)}
<div class="narrowing">${En(this,this.#r,this.#u)}${Tn(this)}</div>
${Sn(this)} ${Cn(this)}
${Dn(this,this.#s<se?this.#M():u)}
<div class="body">
${d?bn(this):u}
<div class="main">
${s.newer?a`<button type="button" class="pill" @click=${()=>this.refresh()}>
${g("up")}${t.newEvents(this.#C())}
</button>`:u}
${Wn(this,()=>{s.more()})} ${pn(this,this.search)}
</div>
${this.#L()}
</div>
</div>
${r?Nn(this,this.#r.session):u}
${nr(this,this.#h,()=>this.#y?.hidePopover())} ${Mn(this)}
<p class="toast" role="status" aria-live="polite">${this.#d.text}</p>
</section>`}#C(){return this.locale.number(this.search.list.newer)}#M(){let{words:t}=this.locale,r=this.#c?t.fewerCounts:t.moreCounts;return a`<button
type="button"
class="plain"
aria-expanded=${String(this.#c)}
@click=${this.#P}
>
${r}
</button>`}#P;get#x(){return this.view.event!==void 0||this.view.panel!==void 0}#L(){let{words:t}=this.locale,r=i=>{i.preventDefault(),this.closePanel()};return a`<dialog
class="panel"
part="panel"
aria-label=${this.#o?t.actor:t.event}
@cancel=${r}
>
${this.#x?this.#o?qt(this,this.#o):hn(this,this.#i.event,this.neighbor):u}
</dialog>`}closePanel(){this.change({event:void 0,panel:void 0})}get opened(){return this.#i.event instanceof v?void 0:this.#i.event}updated(){let t=this.renderRoot.querySelector("dialog.panel");if(!t)return;let r=On(t,this.#x,this.#s<se,this.view.event);r&&this.#p.focusRow(r),this.#p.updated(),this.#N()}#N(){let{count:t,isLoading:r}=this.search?.list??{count:0,isLoading:!0};if(r||this.#f===this.search.list.pages)return;this.#f=this.search.list.pages;let i=[...this.renderRoot.querySelectorAll("audit-log-rows")];Promise.all(i.map(s=>s.updateComplete)).then(()=>{t===this.search.list.pages[0]?.events.length&&this.#O(),this.#$("audit-log:rows",{count:t})})}#O(){this.renderRoot.querySelector("audit-log-rows [aria-current]")?.scrollIntoView({block:"center"})}get#y(){return this.renderRoot.querySelector("#menu")}#H;#I(t){let{openRuns:r}=this.search;r.delete(t)||r.add(t),this.requestUpdate()}#F(t){let{field:r,value:i}=t.dataset;this.#h={field:r,value:i??""},this.requestUpdate(),this.updateComplete.then(()=>this.#y&&rr(this.#y,t))}};customElements.define("audit-log",vt);export{vt as AuditLog};
