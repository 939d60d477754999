"""What a draft says beside its YAML: a closed list, in English and in Chinese.

A text that begins with LOST names a part of the source that the draft does not have; FILL IN asks a person.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from renhai.core.language import agreed

OPEN = "FILL IN"  # in the place of a value that only a person can give

TEXTS: dict[str, tuple[str, str]] = {
    # the head
    "drafted_from": (
        "How does {name} speak? Drafted from {origin}; go through every FILL IN, then:",
        "{name} 怎样通信？由{origin}起草；把每个 FILL IN 填好，然后：",
    ),
    "of_recording": ("recording {file}", "录制文件 {file}"),
    "of_openapi": ("OpenAPI document {file}", "OpenAPI 文档 {file}"),
    "of_wsdl": ("WSDL {file}", "WSDL 文件 {file}"),
    "of_postman": ("Postman collection {file}", "Postman 集合 {file}"),
    "may_it": (
        "FILL IN: may it be loaded? Who answers for it writes these three; without them nothing loads.",
        "FILL IN：可以对它加压吗？由负责人写下这三项；缺了它们，文件不能使用。",
    ),
    "environment": (
        "environment: is it a test or a staging system? Production is never loaded.",
        "environment：测试（test）还是预生产（staging）？生产系统永不加压。",
    ),
    "url": ("url: where it stands, as in http://127.0.0.1:8400", "url：它的地址，例如 http://127.0.0.1:8400"),
    "hosts": (
        "hosts: the names, addresses and networks whose owner allows the load, as a list",
        "hosts：其主人允许加压的主机名、地址和网段，写成列表",
    ),
    "success": (
        'FILL IN: HTTP 200 is not success: which values say so? As in where: {{code: "0"}}; or success: any.',
        'FILL IN：HTTP 200 不等于成功：哪些值表示成功？例如 where: {{code: "0"}}；或写 success: any。',
    ),
    "operations": (
        "FILL IN: rename the operations as you speak of them, and delete what you do not load.",
        "FILL IN：按你们的叫法给操作改名，删去不加压的操作。",
    ),
    "field": ("${{name}} stands for a field of a journey's step.", "${{name}} 代表业务步骤的一个字段。"),
    "left_out": ("Left out:", "没有收入："),
    "lost_parts": (
        "{count} parts are marked LOST below: the source has them, this draft does not.",
        "下面有 {count} 处标着 LOST：来源里有，草稿里没有。",
    ),
    "recording_went_to": (
        "The recording went to (this grants nothing):",
        "录制访问过（这里列出并不等于授权）：",
    ),
    "drafted_origin": ("{origin}: {count} requests, drafted here", "{origin}：{count} 个请求，已起草"),
    "other_origin": (
        "{origin}: {count} requests, left out; draft them with --origin {origin}",
        "{origin}：{count} 个请求，没有收入；用 --origin {origin} 另行起草",
    ),
    # left out of a recording
    "left_connect": ("{count} × CONNECT, of a proxy", "{count} 个 CONNECT（代理隧道）"),
    "left_preflight": ("{count} × OPTIONS, asked by the browser itself", "{count} 个 OPTIONS（浏览器预检）"),
    "left_static": ("{count} static files: {names}", "{count} 个静态文件：{names}"),
    "left_scheme": ("{count} requests that are no HTTP: {names}", "{count} 个非 HTTP 请求：{names}"),
    "left_websocket": ("{count} WebSockets: {names}", "{count} 个 WebSocket：{names}"),
    "left_unanswered": ("{count} requests without an answer: {names}", "{count} 个没有应答的请求：{names}"),
    "left_no_address": ("{count} requests without an address: {names}", "{count} 个没有地址的请求：{names}"),
    "left_method": (
        "{count} requests of a method that is not drafted: {names}",
        "{count} 个不支持的方法：{names}",
    ),
    "left_operations": (
        "{count} operations, because the file would be too long: {names}",
        "{count} 个操作（文件会过长）：{names}",
    ),
    "left_webhooks": (
        "{count} webhooks, which the system sends itself: {names}",
        "{count} 个 webhook（由被测系统自己发出）：{names}",
    ),
    "left_ports": (
        "{count} ports that no SOAP is spoken at, or that repeat another one's operations: {names}",
        "{count} 个端口，不是 SOAP，或与另一个端口的操作相同：{names}",
    ),
    "left_other_methods": (
        "{count} operations of methods of their own: {names}",
        "{count} 个自定方法的操作：{names}",
    ),
    "keys_twice": (
        "LOST: keys that the document has twice in one place, of which the last counts: {names}",
        "LOST：文档同一处重复的键，以最后一个为准：{names}",
    ),
    "cut_characters": (
        "LOST: characters that the source has cut in two; U+FFFD stands for them ({count} places)",
        "LOST：来源中被截断的字符，以 U+FFFD 代替（{count} 处）",
    ),
    # an operation
    "one_persons_path": (
        "FILL IN: ${{part_N}} stands for a part of a path that looked like one person's or document's",
        "FILL IN：${{part_N}} 代替路径里像是某个人或某张单据独有的一段",
    ),
    "one_persons": (
        "FILL IN: {names}: the recorded value looked like one person's or session's, and was left out",
        "FILL IN：{names}：录到的值像是某个人或会话独有的，没有收入",
    ),
    "secret_header": (
        "FILL IN: the recording has {name}; state under auth how to sign in (the value was left out)",
        "FILL IN：录制里有 {name}；请在 auth 下说明怎样登录（值没有收入）",
    ),
    "secrets": (
        "FILL IN: export these secrets before a run: {names}",
        "FILL IN：运行前请设置这些环境变量：{names}",
    ),
    "scheme_secrets": (
        "FILL IN: export the secrets of {name}, or sign in with a login operation (docs/bindings.md)",
        "FILL IN：请设置 {name} 的环境变量，或用登录操作（见 docs/bindings.md）",
    ),
    "token_elsewhere": (
        "FILL IN: tokens come from {url}, another system; get one there and export it, or name its path here",
        "FILL IN：令牌由另一个系统 {url} 签发；请在那里取得并设置环境变量，或在此写明本系统的路径",
    ),
    "scopes": (
        "FILL IN: scope asks for all that the document names ({names}); leave those that you need",
        "FILL IN：scope 申请了文档列出的全部权限（{names}）；只保留需要的",
    ),
    "taxpayers_fields": (
        "FILL IN: {names} are those of the recorded taxpayer; write ${{field}} where each has its own",
        "FILL IN：{names} 是录制时那个纳税人的；每笔业务各不相同的，改写成 ${{field}}",
    ),
    "recorded_times": ("recorded {count} times", "录到 {count} 次"),
    "no_answer": (
        "FILL IN: the recording has no answer (status 0: from a cache, blocked or broken off)",
        "FILL IN：录制里没有应答（状态 0：取自缓存、被拦截或中断）",
    ),
    "no_success": (
        "FILL IN: every answer in the recording was a failure (status {status})",
        "FILL IN：录到的应答全部失败（状态 {status}）",
    ),
    "held_secret": (
        "LOST: {part}: a secret stood in it that could not be told from the rest",
        "LOST：{part}：其中有无法分开的密码等信息",
    ),
    "other_fields": ("LOST: some requests had further parts: {names}", "LOST：有的请求还有这些部分：{names}"),
    "dollar_brace": ("LOST: a text with ${{ was written as $ {{", "LOST：含有 ${{ 的文字被写成 $ {{"),
    "header_lost": (
        "LOST: header {name}: {why}",
        "LOST：报文头 {name}：{why}",
    ),
    "cookies": (
        "FILL IN: the recording sent cookies; name the operation that signs in: cookies: {{login: ...}}",
        "FILL IN：录制时带有 Cookie；请写明登录操作：cookies: {{login: ...}}",
    ),
    "body_lost": ("LOST: the body ({media}): {why}", "LOST：请求体（{media}）：{why}"),
    "part_lost": (
        "LOST: the content of file {name}; put the file beside this one and write {{file: {name}}} for it",
        "LOST：文件 {name} 的内容；请把该文件放在本文件旁边，并改写成 {{file: {name}}}",
    ),
    "files_wanted": (
        "FILL IN: {names}: a file each; put it beside this one and write {{file: scan.pdf}} for it",
        "FILL IN：{names} 各是一个文件；请把文件放在本文件旁边，并改写成 {{file: scan.pdf}}",
    ),
    "twice": (
        "LOST: fields that stand twice in one object, of which the last is kept: {names}",
        "LOST：同一对象中重复的字段，只保留最后一个：{names}",
    ),
    "inexact": (
        "LOST: numbers that no target file can hold as they are; they are sent as texts: {names}",
        "LOST：目标文件无法原样保存的数字，改为发送文字：{names}",
    ),
    "captured": ("from answers before (SAVED): {names}", "取自前面的应答（SAVED）：{names}"),
    "not_last": (
        "LOST: {name} came from the answer of {operation} at {path}; "
        "that was asked again in between, and a capture keeps the last",
        "LOST：{name} 来自 {operation} 应答的 {path}，其间又发送过该操作；captures 只保留最后一次",
    ),
    "other_auth": (
        "LOST: it signs in by {kind}, the target file in another way",
        "LOST：它用 {kind} 登录，与目标文件的登录方式不同",
    ),
    "not_captured": (
        "LOST: {name} came from the answer of {operation} at {path}, which a capture cannot read there",
        "LOST：{name} 来自 {operation} 应答的 {path}，那里无法用 captures 读取",
    ),
    "answer_format": (
        "FILL IN: it answers in {form}: say by contains what an answer must hold",
        "FILL IN：应答格式是 {form}：请用 contains 写明应答必须包含的文字",
    ),
    # OpenAPI, WSDL
    "recursion": (
        "LOST: {names}: the schema {schema} holds itself; cut here",
        "LOST：{names}：结构 {schema} 包含自身，在此截断",
    ),
    "too_deep": (
        "LOST: {names}: nested deeper than {most} levels; cut here",
        "LOST：{names}：嵌套超过 {most} 层，在此截断",
    ),
    "too_long": (
        "LOST: the body has more than {most} fields; the rest is cut",
        "LOST：请求体超过 {most} 个字段，其余截断",
    ),
    "first_of": (
        "LOST: {names}: the first of {count} alternatives ({kind}) is taken",
        "LOST：{names}：{count} 个可选结构（{kind}）只取第一个",
    ),
    "by_example": ("the body is the document's own example", "请求体取自文档的示例"),
    "reference": ("LOST: {reference} is not in this document", "LOST：文档里没有 {reference}"),
    "optional": ("LOST: optional parameters: {names}", "LOST：可选参数：{names}"),
    "no_fields": (
        "the document names no fields of the body; all fields are sent",
        "文档没有说明请求体的字段；发送全部字段",
    ),
    "xml_by_names": (
        "FILL IN: elements by the names of the fields; "
        "see which the system wants as attributes or with a namespace",
        "FILL IN：元素按字段名写出；请核对哪些应写成属性、哪些要带命名空间",
    ),
    "other_media": ("LOST: it takes {names}, too", "LOST：也接受 {names}"),
    "media_lost": ("LOST: the body: {media} cannot be drafted", "LOST：请求体：无法起草 {media}"),
    "parameter_lost": ("LOST: parameter {name}: {why}", "LOST：参数 {name}：{why}"),
    "server_variable": (
        "FILL IN: ${{{name}}}: the server's variable without a default",
        "FILL IN：${{{name}}}：服务器地址中没有默认值的变量",
    ),
    "other_server": ("LOST: it has a server of its own: {url}", "LOST：它有自己的服务器地址：{url}"),
    "scheme_lost": ("LOST: security scheme {name} ({kind})", "LOST：安全方案 {name}（{kind}）"),
    "styled": (
        "LOST: parameter {name} is written in a way of its own ({style}); see what the system takes",
        "LOST：参数 {name} 有自己的写法（{style}）；请核对系统接受的写法",
    ),
    "joined": (
        "FILL IN: several values of {name} go as one text, joined by {sign}",
        "FILL IN：{name} 的多个值写成一个文字，用 {sign} 连接",
    ),
    "form_object": (
        "LOST: {names}: an object or a list in a form, of which the document does not say how it is written; "
        "see what the system takes",
        "LOST：{names}：表单里的对象或列表，文档没有说明写法；请核对系统接受的写法",
    ),
    "indexed": (
        "FILL IN: items of {names} are written as [0]; see whether the system wants [] or the name alone",
        "FILL IN：{names} 的各项写成 [0]；请核对系统要 [] 还是只要名称",
    ),
    "callbacks": (
        "LOST: callbacks, which the system sends: {names}",
        "LOST：回调（由被测系统发出）：{names}",
    ),
    "attributes": ("LOST: optional attributes: {names}", "LOST：可选属性：{names}"),
    "abstract": (
        "LOST: {names}: abstract; a type that extends it goes there, named by xsi:type",
        "LOST：{names} 是抽象的；应换成扩展它的类型，并用 xsi:type 写明",
    ),
    "attachments": ("LOST: attachments (MIME): {names}", "LOST：附件（MIME）：{names}"),
    "dynamic": (
        "LOST: {names}: of a schema that is chosen as it is used ($dynamicRef, if, patternProperties)",
        "LOST：{names}：结构在使用时才确定（$dynamicRef、if、patternProperties）",
    ),
    "part_of_document_lost": ("LOST: {where}: {why}", "LOST：{where}：{why}"),
    "deprecated": ("the document calls it deprecated", "文档标明已弃用"),
    "script": ("LOST: its script ({kind}) is not run", "LOST：脚本（{kind}）不会执行"),
    "rpc": (
        "LOST: types of an rpc message (use=encoded: xsi:type) are not written",
        "LOST：rpc 报文的类型（use=encoded 的 xsi:type）没有写出",
    ),
    "soap_header": ("LOST: the SOAP header: {names}", "LOST：SOAP 报文头：{names}"),
    # the scenario
    "scenario_head": (
        "Does {name} hold what {origin} shows? Drafted; go through every FILL IN, then:",
        "{name} 承受得住{origin}里的业务吗？草稿；把每个 FILL IN 填好，然后：",
    ),
    "scenario_load": ("FILL IN: how many people, for how long?", "FILL IN：多少人，多长时间？"),
    "scenario_rules": ("FILL IN: what must hold?", "FILL IN：要达到什么要求？"),
    "scenario_journey": ("in the order of the source", "按来源的顺序"),
    "step_others": (
        "{count} times in a row in the recording; the values of the first are sent. Others were:",
        "录制里连续 {count} 次，值各不相同；这里发送第一次的值。其他的值如：",
    ),
    "steps_lost": ("LOST: {count} more steps", "LOST：后面还有 {count} 步"),
    "scenario_values": (
        "FILL IN: values that are FILL IN, or the same for everybody",
        "FILL IN：填好标着 FILL IN 的值，以及人人相同的值",
    ),
    # after it
    "scenario_below": (
        "A scenario to begin with; --out writes it to a file of its own:",
        "可以从这个场景开始；用 --out 会另写成一个文件：",
    ),
    "next_fill": (
        "Fill in {file}: environment, url, hosts; success; what is marked FILL IN ({count} places).",
        "请填写 {file}：environment、url、hosts；success；标着 FILL IN 的地方（{count} 处）。",
    ),
    "next_lost": (
        "LOST: {count} parts that the source has and the draft cannot say; each is marked in it.",
        "LOST：来源里有而草稿写不出的有 {count} 处，文件里都有标记。",
    ),
    "next_command": (
        "Then: renhai binding check {file} --target URL",
        "然后：renhai binding check {file} --target URL",
    ),
    "next_walk": (
        "Then: renhai binding check {file} --scenario {scenario} --target URL",
        "然后：renhai binding check {file} --scenario {scenario} --target URL",
    ),
    "next_scenario": (
        "After it: renhai check {file}, renhai run {file}",
        "再然后：renhai check {file}，renhai run {file}",
    ),
    "servers": ("The document names these servers: {names}", "文档写的服务器地址：{names}"),
    # reasons inside others
    "why_header_name": ("its name is none that HTTP allows", "名称不合 HTTP 规定"),
    "why_header_client": ("the client sets it itself", "由客户端自己设置"),
    "why_header_value": ("its value is not printable ASCII", "值不是可打印的 ASCII"),
    "why_binary": (
        "it is not text; put it into a file and write format: binary, body: {{file: NAME}}",
        "不是文本；请存成文件，并写 format: binary, body: {{file: NAME}}",
    ),
    "why_deep": ("it is nested deeper than {most} levels", "嵌套超过 {most} 层"),
    "why_unreadable": ("it is not what its media type says", "内容与媒体类型不符"),
    "why_missing": ("the recording does not have it", "录制里没有"),
    "why_auth": ("signing in is stated under auth", "登录写在 auth 下"),
}


class Note(NamedTuple):
    """One entry of TEXTS with its parameters; a parameter that is a Note is said in the same language."""

    code: str
    values: tuple[tuple[str, Any], ...] = ()

    def text(self, language: str = "en") -> str:
        """One line."""
        values = {k: v.text(language) if isinstance(v, Note) else v for k, v in self.values}
        said = " ".join(TEXTS[self.code][language == "zh"].format(**values).split())
        return said if language == "zh" else agreed(said)

    @property
    def is_lost(self) -> bool:
        return TEXTS[self.code][0].startswith("LOST")


def note(code: str, **values: Any) -> Note:
    """A note by its code; lists of names are shortened."""
    return Note(code, tuple((key, _short(value)) for key, value in values.items()))


def _short(value: Any) -> Any:
    if not isinstance(value, list | tuple | set) or isinstance(value, Note):
        return value if isinstance(value, Note | int) else one_line(str(value))
    names = [one_line(str(item)) for item in dict.fromkeys(value)]
    return ", ".join(names[:8]) + (f", ... ({len(names)})" if len(names) > 8 else "")


def one_line(text: str) -> str:
    """The beginning of a text, without what does not print."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return plain if len(plain) <= 120 else plain[:117] + "..."
