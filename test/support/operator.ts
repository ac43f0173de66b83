import { Client, type Connection } from '@temporalio/client';
import { connectEmbedded } from './embedded-temporal.js';

/** Who does it, as Temporal knows them. */
export const OPERATOR = 'operator@desk';

/** Somebody who works in Temporal itself: its web interface and its command line use the same service. */
export class Operator {
  readonly client: Client;
  private readonly connection: Connection;

  private constructor(connection: Connection, namespace: string) {
    this.connection = connection;
    this.client = new Client({ connection, namespace, identity: OPERATOR });
  }

  /** Connects to the embedded server of a home. */
  static async at(home: string): Promise<Operator> {
    const connection = await connectEmbedded(home);
    return new Operator(connection, 'default');
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private get service() {
    return this.connection.workflowService;
  }

  private get common() {
    return { namespace: this.client.options.namespace, identity: OPERATOR };
  }

  /** Id of the activity of a type that is pending in a workflow; undefined when there is none. */
  async pending(workflowId: string, type: string): Promise<string | undefined> {
    const { raw } = await this.client.workflow.getHandle(workflowId).describe();
    return (
      raw.pendingActivities?.find((activity) => activity.activityType?.name === type)?.activityId ??
      undefined
    );
  }

  async pauseActivity(workflowId: string, id: string, reason: string): Promise<void> {
    await this.service.pauseActivity({ ...this.common, execution: { workflowId }, id, reason });
  }

  async unpauseActivity(workflowId: string, id: string): Promise<void> {
    await this.service.unpauseActivity({ ...this.common, execution: { workflowId }, id });
  }

  async resetActivity(workflowId: string, id: string): Promise<void> {
    await this.service.resetActivity({ ...this.common, execution: { workflowId }, id });
  }

  async pauseWorkflow(workflowId: string, reason: string): Promise<void> {
    await this.service.pauseWorkflowExecution({ ...this.common, workflowId, reason });
  }

  async unpauseWorkflow(workflowId: string): Promise<void> {
    await this.service.unpauseWorkflowExecution({ ...this.common, workflowId });
  }

  /** Begins a workflow again behind its first decision (`first`) or behind its last one. */
  async resetWorkflow(workflowId: string, to: 'first' | 'last'): Promise<void> {
    const { history } = await this.service.getWorkflowExecutionHistory({
      namespace: this.common.namespace,
      execution: { workflowId },
    });
    const tasks = (history?.events ?? []).filter(
      (event) => event.workflowTaskCompletedEventAttributes,
    );
    const event = to === 'first' ? tasks[0] : tasks.at(-1);
    await this.service.resetWorkflowExecution({
      ...this.common,
      workflowExecution: { workflowId },
      reason: 'try again',
      workflowTaskFinishEventId: event?.eventId ?? null,
      requestId: `${workflowId}-${Date.now()}`,
    });
  }
}
