"""A user's own Locust file: what it did that was not planned, what it said itself, and its arguments."""

from __future__ import annotations

from results.verdict.reasons.reason import Reason

_LOG = "see locust.log", "请查看 locust.log"


class WrongArguments(Reason, code="user_file.wrong_arguments"):
    """`error`: in Locust's words, or ours."""

    error: str
    text = "cannot be used: {error}", "无法使用：{error}"
    remedy = (
        "give the locustfile's own options, --tags and names of user classes",
        "请给出该 Locust 文件自己的选项、--tags 与用户类名称",
    )


class SeveralShapes(Reason, code="user_file.several_shapes"):
    shapes: tuple[str, ...]
    text = (
        "it has more than one LoadTestShape ({shapes}): the locustfile cannot be used",
        "其中有多个 LoadTestShape（{shapes}）：Locust 文件无法使用",
    )
    remedy = "leave one, or mark the others abstract", "请只保留一个，或将其余标为 abstract"


class UsersMissing(Reason, code="user_file.users_missing"):
    share: float
    bound: float
    alive: int
    asked: int
    text = (
        "users were missing: {share:.1%} of the users' time (bound {bound:.0%}), at worst {alive} of {asked} "
        "were alive: they ended by themselves, failed at their start, or were made too slowly",
        "用户不足：缺少 {share:.1%} 的用户时间（上限 {bound:.0%}），最差时 {asked} 个用户中只有 {alive} 个"
        "存活：自行结束、启动失败或创建过慢",
    )
    remedy = (
        "see the errors of the locustfile's own, let users go on to the end, or ramp more slowly",
        "请查看 Locust 文件自身的错误，让用户运行到结束，或放慢爬坡",
    )


class NeverBegan(Reason, code="user_file.never_began"):
    users: int
    alive: int
    text = (
        "{users} of {alive} users never began a task, in half of the run or more: they were in on_start",
        "{alive} 个用户中有 {users} 个在运行过半之后仍未开始任何任务：停留在 on_start 中",
    )
    remedy = (
        "see why on_start does not end, or run longer",
        "请查明 on_start 为何未结束，或延长运行时间",
    )


class NeverDone(Reason, code="user_file.never_done"):
    """tasks: those that they were in, of which none ever came to its end."""

    users: int
    alive: int
    tasks: tuple[str, ...]
    text = (
        "{users} of {alive} users sent nothing in the last half of the run or longer: they were in {tasks}, "
        "which nobody ever came to the end of",
        "{alive} 个用户中有 {users} 个在运行的后一半或更长时间内未发送任何请求：停留在 {tasks} 中，"
        "且无人完成过该任务",
    )
    remedy = (
        "see what it waits for, or run longer",
        "请查明它在等待什么，或延长运行时间",
    )


class NeverEnded(Reason, code="user_file.never_ended"):
    operation: str
    patience_s: float
    text = (
        "{operation}: a request never ended and was cut {patience_s:g} s after the load",
        "{operation}：有请求始终未结束，在负载结束 {patience_s:g} s 后被切断",
    )
    remedy = (
        "find out what it waited for, or give the client a timeout",
        "请查明它在等待什么，或为客户端设置超时",
    )


class TimeUnknown(Reason, code="user_file.time_unknown"):
    operation: str
    response_time: str
    text = (
        "{operation}: requests were reported with the response_time {response_time}: how long they took is "
        "not known",
        "{operation}：上报的 response_time 为 {response_time}：用时未知",
    )
    remedy = "give milliseconds to events.request.fire", "请在 events.request.fire 中给出毫秒数"


class TimeShortened(Reason, code="user_file.time_shortened"):
    """Both are means, by request."""

    operation: str
    reported_ms: float
    real_ms: float
    text = (
        "{operation}: requests were reported with {reported_ms:.4g} ms, and their calls took "
        "{real_ms:.4g} ms",
        "{operation}：上报的平均用时为 {reported_ms:.4g} ms，而调用实际用时 {real_ms:.4g} ms",
    )
    remedy = (
        "let Locust time its requests, and put no other clock into Python's time module",
        "请由 Locust 计时，且不要替换 Python time 模块中的时钟",
    )


class ClockChanged(Reason, code="user_file.clock_changed"):
    clock: str
    text = (
        "time.{clock} went another way than the kernel's clock: what was timed by it is not known",
        "time.{clock} 与内核时钟不一致：由其计量的用时未知",
    )
    remedy = (
        "put no other clock into Python's time module",
        "请不要替换 Python time 模块中的时钟",
    )


class EndedTooSoon(Reason, code="user_file.ended_too_soon"):
    told_s: float
    lived_s: float
    text = (
        "the load process says that it measured for {told_s:.1f} s, and it lived for {lived_s:.1f} s",
        "负载进程称测量了 {told_s:.1f} s，而它仅存在 {lived_s:.1f} s",
    )
    remedy = (
        "leave the clocks of the run to renhai",
        "请勿改动运行的时钟",
    )


class EvidenceChanged(Reason, code="user_file.evidence_changed"):
    file: str
    text = (
        "{file} was changed after the load process had written it: what it held is not known",
        "{file} 在负载进程写完之后被改动：原内容未知",
    )
    remedy = (
        "leave the files of the run to renhai",
        "请勿改动运行的文件",
    )


class OnlyReported(Reason, code="user_file.only_reported"):
    requests: int
    text = (
        "{requests:request was|requests were} reported by events.request.fire, and none was sent by the HTTP "
        "client of the locustfile's users",
        "Locust 文件以 events.request.fire 上报了 {requests} 个请求，但其用户的 HTTP 客户端一个也没有发送",
    )
    remedy = (
        "send by self.client, or derive users of another client from User",
        "请用 self.client 发送；使用其他客户端的用户请继承 User",
    )


class ReportedTwice(Reason, code="user_file.reported_twice"):
    operation: str
    requests: int
    text = (
        "{operation}: {requests:request was|requests were} reported by events.request.fire under the name of "
        "those that the HTTP client sent, which reports its own: they are counted twice",
        "{operation}：有 {requests} 个请求以 events.request.fire 上报，"
        "与 HTTP 客户端自行上报的请求同名：被重复计数",
    )
    remedy = "give them another name", "请为其另取名称"


class OtherClient(Reason, code="user_file.other_client"):
    """where: file:line of most of them. reported: requests by events.request.fire."""

    connections: int
    where: str
    reported: int
    text = (
        "{connections:connection|connections} to the target {connections:was|were} opened by another client "
        "than the users' HTTP client ({where}), which reported {reported:request|requests}: what was sent is "
        "not in the figures",
        "有 {connections} 个到目标的连接不是由用户的 HTTP 客户端建立（{where}），其上报了 {reported} 个请求："
        "所发送的内容未计入结果",
    )
    remedy = (
        "send by self.client, report each request by events.request.fire, or allow: [other_client]",
        "请用 self.client 发送，或以 events.request.fire 上报每个请求，或写 allow: [other_client]",
    )


class SentUnreported(Reason, code="user_file.sent_unreported"):
    requests: int
    text = (
        "{requests:request was|requests were} sent past self.client's own methods, as by self.client.send, "
        "which reports nothing: they are not in the figures",
        "有 {requests} 个请求绕过了 self.client 自身的方法（例如 self.client.send），不会上报：未计入结果",
    )
    remedy = (
        "use self.client.request, get or post, or allow: [other_client]",
        "请使用 self.client.request、get 或 post，或写 allow: [other_client]",
    )


class OtherServer(Reason, code="user_file.other_server"):
    connections: int
    server: str
    text = (
        "{connections:connection|connections} of the users' HTTP client went to {server}, which is not the "
        "target: the figures hold another server's answers",
        "用户的 HTTP 客户端有 {connections} 个连接指向 {server}，并非目标：结果中含有其他服务器的应答",
    )
    remedy = (
        "ask the target alone, or allow: [other_server]",
        "请只请求目标，或写 allow: [other_server]",
    )


class NotHeardOut(Reason, code="user_file.not_heard_out"):
    exit_code: int
    text = (
        "the load process ended with exit code {exit_code} before all listeners of quitting had been called: "
        "what the locustfile would have said of the run is not known",
        "负载进程在调用完 quitting 的全部监听器之前以退出码 {exit_code} 结束："
        "无法得知 Locust 文件对本次运行的结论",
    )
    remedy = (
        "leave nothing by os._exit or sys.exit; set environment.process_exit_code",
        "请勿以 os._exit 或 sys.exit 退出；请设置 environment.process_exit_code",
    )


class UsersBeyondPlan(Reason, code="user_file.users_beyond_plan"):
    share: float
    bound: float
    alive: int
    asked: int
    text = (
        "there were more users than planned: {share:.1%} of the users' time (bound {bound:.0%}), at most "
        "{alive} where {asked} were asked for: the locustfile made them itself",
        "用户多于计划：多出 {share:.1%} 的用户时间（上限 {bound:.0%}），计划 {asked} 个时最多有 {alive} 个："
        "由 Locust 文件自行创建",
    )
    remedy = (
        "let load.users and the stages, or a LoadTestShape, say how many there are",
        "请由 load.users 与各阶段或 LoadTestShape 决定用户数",
    )


class ListenerRaised(Reason, code="user_file.listener_raised"):
    function: str
    error: str
    text = (
        "the locustfile's {function} raised outside of a task: {error}",
        "Locust 文件的 {function} 在任务之外抛出异常：{error}",
    )
    remedy = _LOG


class ShapeRaised(Reason, code="user_file.shape_raised"):
    shape: str
    error: str
    text = "the locustfile's {shape}.tick raised {error}", "Locust 文件的 {shape}.tick 抛出异常：{error}"
    remedy = "correct the file", "请修正该文件"


class ShapeTooLarge(Reason, code="user_file.shape_too_large"):
    shape: str
    users: int
    most: int
    text = (
        "the locustfile's {shape} asks for {users} users, load.users allows {most}",
        "Locust 文件的 {shape} 要求 {users} 个用户，load.users 只允许 {most} 个",
    )
    remedy = "raise load.users", "请提高 load.users"


class StoppedFromWithin(Reason, code="user_file.stopped_from_within"):
    text = (
        "Locust stopped the run before its end: by runner.quit() or StopTest, say",
        "Locust 在计划结束前停止了运行（例如 runner.quit() 或 StopTest）",
    )
    remedy = "let the plan end the run", "请让计划结束运行"


class AlwaysRaised(Reason, code="user_file.always_raised"):
    task: str
    count: int
    text = (
        "{task} raised an exception each time it ran ({count:time|times})",
        "{task} 每次运行都抛出异常（{count} 次）",
    )
    remedy = "see the failures", "详见失败记录"


class Uncaught(Reason, code="user_file.uncaught"):
    task: str
    count: int
    text = (
        "{task} raised {count:exception|exceptions} that nobody caught, and no threshold is on error_rate",
        "{task} 抛出 {count} 个未捕获的异常，且没有 error_rate 阈值",
    )
    remedy = "see the failures, or allow a share of them", "详见失败记录，或用阈值允许一定比例"


class ExitCode(Reason, code="user_file.exit_code"):
    exit_code: int
    text = (
        "the locustfile ended the run with exit code {exit_code}: its process_exit_code, or 2 where one of "
        "its listeners raised",
        "Locust 文件以退出码 {exit_code} 结束运行（process_exit_code；监听器抛出异常时为 2）",
    )
    remedy = _LOG


class Killed(Reason, code="user_file.killed"):
    signal: int
    text = "the load process was killed by signal {signal}", "负载进程被信号 {signal} 终止"
    remedy = _LOG


class Allowed(Reason, code="user_file.allowed"):
    """A note: it decides nothing."""

    kinds: tuple[str, ...]
    text = (
        "the scenario lets the locustfile do what is not held to the target, or is in no figure: {kinds}",
        "场景允许 Locust 文件做不受目标约束或未计入结果的事：{kinds}",
    )


class NamesFolded(Reason, code="user_file.names_folded"):
    """A note: it decides nothing."""

    requests: int
    row: str
    most: int
    text = (
        "{requests:request is|requests are} in one row, {row}: the locustfile gives more than {most} "
        "different names",
        "{requests} 个请求合并为一行 {row}：Locust 文件使用的请求名称超过 {most} 个",
    )
    remedy = (
        "give requests of one kind one name, as in "
        'self.client.get(f"/filing/{{number}}", name="/filing/[number]")',
        '同类请求请用同一名称，例如 self.client.get(f"/filing/{{number}}", name="/filing/[number]")',
    )
